import type { ServerWebSocket } from "bun";
import { type BunWebSocketData, websocket as honoWebSocket, upgradeWebSocket } from "hono/bun";
import type { Transport } from "../hub/transport.ts";
import { helperEvents, type Listener, type ListenOptions, type Runtime } from "../routes/runtime.ts";

/** For `topicRoutes` in an app that `Bun.serve` serves. */
export const bun: Runtime = {
  upgrade: (c, events, subprotocol) => {
    // Bun selects the first offer that it reads here.
    if (subprotocol !== undefined) c.req.raw.headers.set("sec-websocket-protocol", subprotocol);
    return upgradeWebSocket(
      c,
      helperEvents<ServerWebSocket>(events, (ws) => transport(ws.raw)),
    );
  },
};

/**
 * The `websocket` handler for `Bun.serve`: Hono's, with the settings that a hub needs.
 * @param maxMessageBytes Largest message of a client: past it Bun closes with 1009.
 */
export function websocket(maxMessageBytes = 65_536): Bun.WebSocketHandler<BunWebSocketData> {
  return {
    ...honoWebSocket,
    maxPayloadLength: maxMessageBytes,
    // Past its own limit Bun drops what is sent without a word; the outbox's limit comes long before.
    backpressureLimit: 2 ** 31 - 1,
    closeOnBackpressureLimit: false,
    perMessageDeflate: false,
  };
}

const POLL_MS = 20;

/** Serves an app with `Bun.serve`. */
export async function listen(
  fetch: (request: Request, server: Bun.Server<BunWebSocketData>) => Response | Promise<Response>,
  { hostname, port, maxMessageBytes }: ListenOptions,
): Promise<Listener> {
  const handler = websocket(maxMessageBytes);
  const server = Bun.serve<BunWebSocketData>({
    hostname,
    port,
    fetch,
    websocket: handler,
    development: false,
    // Without this, two servers outside development share a port, and each gets some of the connections.
    reusePort: false,
  });
  return {
    hostname,
    port: server.port ?? port,
    async close() {
      await server.stop();
      // Bun's promise may settle while a request is still being answered.
      while (server.pendingRequests + server.pendingWebSockets > 0) await Bun.sleep(POLL_MS);
    },
  };
}

function transport(raw: ServerWebSocket | undefined): Transport {
  if (!raw) throw new TypeError("hono/bun opened a WebSocket without its raw socket");
  return {
    canTerminate: true,
    send: (text) => void raw.send(text),
    close: (code, reason) => raw.close(code, reason),
    terminate: () => raw.terminate(),
    unsentBytes: () => raw.getBufferedAmount(),
  };
}
