import type { Runtime, SocketEvents } from "../routes/runtime.ts";
import type { StreamLink } from "./stream-link.ts";

/** What becomes of one request beside its response. */
export interface Exchange {
  /** Where a route has upgraded it. */
  upgraded?: { events: SocketEvents; subprotocol: string };
  /** True where a route answers with a stream that stays open. */
  isHeldOpen?: boolean;
  /** That stream, once there is one. */
  stream?: StreamLink;
}

/** The requests of a network; Hono keeps each as `c.req.raw`. */
export type Exchanges = WeakMap<Request, Exchange>;

/** The runtime of an app that is served by a network in this process. */
export function runtimeOf(exchanges: Exchanges): Runtime {
  return {
    name: "test",
    async upgrade(c, events, { subprotocol = "" }) {
      const exchange = exchanges.get(c.req.raw);
      if (!exchange) throw new Error("This request came past the test network: connect with network.connect");
      exchange.upgraded = { events, subprotocol };
      // As on Node: not every runtime can make a response of status 101.
      return c.body(null);
    },
    holdOpen(c) {
      const { raw } = c.req;
      const exchange: Exchange = exchanges.get(raw) ?? {};
      exchange.isHeldOpen = true;
      return { isGone: () => raw.signal.aborted, drop: () => exchange.stream?.drop() };
    },
  };
}

/** What upgraded a request; undefined where none did, or middleware replaced that answer by its own. */
export function upgradeIn({ upgraded }: Exchange, { status, body }: Response): Exchange["upgraded"] {
  if (status === 200 && body === null) return upgraded;
  upgraded?.events.closed(1006, "");
  return undefined;
}
