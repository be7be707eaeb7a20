import { upgradeWebSocket } from "hono/deno";
import type { Transport } from "../hub/transport.ts";
import { CloseCode } from "../protocol/codes.ts";
import { helperEvents, type Listener, type ListenOptions, type Runtime } from "../routes/runtime.ts";

/** For `topicRoutes` in an app that `Deno.serve` serves. What it cannot do: docs/embedding.md. */
export const deno: Runtime = {
  name: "deno",
  upgrade: (c, events, { subprotocol, silenceMs }) => {
    const protocol = subprotocol === undefined ? {} : { protocol: subprotocol };
    const helped = helperEvents<WebSocket>(events, (ws) => transport(ws.raw));
    // It pings by itself after half of this, and tells of no pong.
    const options = { ...protocol, idleTimeout: silenceMs / 1000 };
    const onClose = ({ code, reason, wasClean }: CloseEvent) =>
      // No peer closes like this: it is what the silent ones are ended with.
      code === 1001 && !wasClean
        ? events.closed(CloseCode.NoHeartbeat, "No heartbeat")
        : events.closed(code, reason);
    return upgradeWebSocket(c, { ...helped, onClose }, options);
  },
  // It times nothing out, and offers nothing that drops a connection.
  holdOpen: () => ({ isGone: () => false, drop() {} }),
};

const POLL_MS = 20;
const CLOSE_GRACE_MS = 5_000;

/** @internal Serves an app with `Deno.serve`, for the program. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { hostname, port }: Omit<ListenOptions, "maxMessageBytes">,
): Promise<Listener> {
  let pending = 0;
  const server = Deno.serve({ hostname, port, onListen() {} }, async (request) => {
    pending++;
    try {
      return await fetch(request);
    } finally {
      pending--;
    }
  });
  return {
    hostname,
    port: server.addr.port,
    async close() {
      const until = performance.now() + CLOSE_GRACE_MS;
      // A shutdown cuts off bodies that are still being read.
      while (pending > 0 && performance.now() < until)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      await server.shutdown();
    },
  };
}

function transport(raw: WebSocket | undefined): Transport {
  if (!raw) throw new TypeError("hono/deno opened a WebSocket without its raw socket");
  // A socket that Deno gave up, and whose full buffer lets no close out, takes no more and tells nobody: the hub finds
  // it by what stays unsent.
  let refused = 0;
  return {
    canTerminate: false,
    canPing: false,
    send(text) {
      if (raw.readyState === WebSocket.OPEN) raw.send(text);
      else refused += text.length;
    },
    close: (code, reason) => raw.close(code, reason),
    ping() {},
    terminate() {},
    pause() {},
    resume() {},
    unsentBytes: () => raw.bufferedAmount + refused,
  };
}
