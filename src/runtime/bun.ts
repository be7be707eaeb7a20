import type { ServerWebSocket } from "bun";
import { type BunWebSocketData, websocket as honoWebSocket, upgradeWebSocket } from "hono/bun";
import type { WSEvents } from "hono/ws";
import type { Transport } from "../hub/transport.ts";
import {
  helperEvents,
  type Listener,
  type ListenOptions,
  MESSAGE_BYTES,
  type Runtime,
  type SocketOptions,
} from "../routes/runtime.ts";
import { relay } from "./bun-relay.ts";

/** For `topicRoutes` in an app that `Bun.serve` serves. */
export const bun: Runtime = {
  name: "bun",
  upgrade: (c, events, { subprotocol }) => {
    // Bun selects the first offer that it reads here.
    if (subprotocol !== undefined) c.req.raw.headers.set("sec-websocket-protocol", subprotocol);
    const hubEvents: HubEvents = {
      ...helperEvents<ServerWebSocket>(events, (ws) => transport(ws.raw)),
      // Without this one the helper throws what an event threw.
      onError: () => {},
      heard: events.heard,
      isHeldBack: false,
    };
    return upgradeWebSocket(c, hubEvents);
  },
  holdOpen(c) {
    const server = serverOf(c.env);
    const request = c.req.raw;
    server?.timeout(request, 0);
    // To drop it Bun has no other way: it looks at the clock every four seconds.
    return { isGone: () => false, drop: () => server?.timeout(request, 1) };
  },
};

/** The server that serves a request, as apps hand it to `fetch`; undefined where they do not. */
function serverOf(env: { server?: unknown } | undefined): Pick<Bun.Server<unknown>, "timeout"> | undefined {
  const server: unknown = env?.server ?? env;
  return isServer(server) ? server : undefined;
}

function isServer(value: unknown): value is Pick<Bun.Server<unknown>, "timeout"> {
  return typeof value === "object" && value !== null && "timeout" in value && "pendingRequests" in value;
}

/** What the helper keeps of a hub's socket, and what it has no event for. */
interface HubEvents extends WSEvents<ServerWebSocket> {
  heard(): void;
  /** True while nothing is read of it because it takes too few of its pongs. */
  isHeldBack: boolean;
}

/** The `websocket` handler for `Bun.serve`: Hono's, with the settings that a hub needs. */
export function websocket(options: SocketOptions = {}): Bun.WebSocketHandler<BunWebSocketData> {
  return {
    ...honoWebSocket,
    ping: pinged,
    pong: heard,
    drain: drained,
    // The hub has a heartbeat of its own.
    idleTimeout: 0,
    sendPings: false,
    maxPayloadLength: options.maxMessageBytes ?? MESSAGE_BYTES,
    // Past its own limit Bun drops what is sent without a word; the outbox's limit comes long before.
    backpressureLimit: 2 ** 31 - 1,
    closeOnBackpressureLimit: false,
    perMessageDeflate: false,
  };
}

/** Unsent bytes past which no ping is read: far more than an outbox gives a socket that takes nothing. */
const PONGS_BYTES = 2 ** 20;

function heard(ws: ServerWebSocket<BunWebSocketData>): void {
  hubEventsOf(ws)?.heard();
}

// Bun answers every ping, up to 16 MiB that the peer does not read.
function pinged(ws: ServerWebSocket<BunWebSocketData>): void {
  const events = hubEventsOf(ws);
  events?.heard();
  if (!events || ws.getBufferedAmount() <= PONGS_BYTES) return;
  events.isHeldBack = true;
  ws.pause();
}

function drained(ws: ServerWebSocket<BunWebSocketData>): void {
  const events = hubEventsOf(ws);
  if (!events?.isHeldBack || ws.getBufferedAmount() > PONGS_BYTES) return;
  events.isHeldBack = false;
  ws.resume();
}

/** Undefined for other WebSockets of the server. */
function hubEventsOf({ data: { events } }: ServerWebSocket<BunWebSocketData>): HubEvents | undefined {
  return "heard" in events ? (events as HubEvents) : undefined;
}

const POLL_MS = 20;
const CLOSE_GRACE_MS = 5_000;

/** @internal Serves an app with `Bun.serve`, for the program. */
export async function listen(
  app: (request: Request, server: Bun.Server<BunWebSocketData>) => Response | Promise<Response>,
  { hostname, port, maxMessageBytes, sockets }: ListenOptions,
): Promise<Listener> {
  const handler = websocket({ maxMessageBytes });
  const serve = (at = port) =>
    Bun.serve<BunWebSocketData>({
      hostname,
      port: at,
      fetch: (request, server) => (isPlain(request) ? app(request, server) : malformed()),
      websocket: handler,
      development: false,
      // `body_bytes` is the limit; Bun's own answers without a word.
      maxRequestBodySize: 2 ** 31 - 1,
      // Without this, two servers outside development share a port, and each gets some of the connections.
      reusePort: false,
    });
  const server = relay(serve, sockets?.full ?? (() => {}));
  return {
    hostname,
    port: server.port,
    async close() {
      const until = performance.now() + CLOSE_GRACE_MS;
      // Its promise settles early where a request is still being answered, and never where one is not finished.
      await Promise.race([server.stop(), Bun.sleep(CLOSE_GRACE_MS)]);
      while (server.pending() > 0 && performance.now() < until) await Bun.sleep(POLL_MS);
      await server.stop(true);
    },
  };
}

// Without a Host, Bun makes of the target what no router should see; of two it makes one, with a comma.
function isPlain({ url, headers }: Request): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url) && !headers.get("host")?.includes(",");
}

function malformed(): Response {
  const message = "The request's target or its Host is malformed";
  const headers = { "X-Topichub-Error": "invalid_message" };
  return Response.json({ status: "error", code: "invalid_message", message }, { status: 400, headers });
}

function transport(raw: ServerWebSocket | undefined): Transport {
  if (!raw) throw new TypeError("hono/bun opened a WebSocket without its raw socket");
  let closing: ReturnType<typeof setInterval> | undefined;
  return {
    canTerminate: true,
    canPing: true,
    send: (text) => void raw.send(text),
    // With bytes unsent Bun would call the socket closed at once, and hold on to it and to them by itself.
    close(code, reason) {
      if (raw.getBufferedAmount() === 0) return raw.close(code, reason);
      closing ??= setInterval(() => {
        if (raw.getBufferedAmount() > 0) return;
        clearInterval(closing);
        raw.close(code, reason);
      }, POLL_MS);
    },
    ping: () => void raw.ping(),
    terminate() {
      clearInterval(closing);
      raw.terminate();
    },
    pause: () => void raw.pause(),
    resume: () => void raw.resume(),
    unsentBytes: () => raw.getBufferedAmount(),
  };
}
