import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { WebSocket as WsSocket } from "ws";
import type { Transport } from "../hub/transport.ts";
import { SUBPROTOCOL } from "../protocol/codes.ts";
import {
  helperEvents,
  type Listener,
  type ListenOptions,
  MESSAGE_BYTES,
  type Runtime,
  type SocketOptions,
} from "../routes/runtime.ts";
import { needs } from "./needs.ts";
import { type Fetch, guardUpgrades } from "./node-upgrade.ts";

export type { Fetch } from "./node-upgrade.ts";

const { createAdaptorServer, upgradeWebSocket } = await import("@hono/node-server").catch(
  needs("@hono/node-server", "topichub/node"),
);
const { WebSocketServer } = await import("ws").catch(needs("ws", "topichub/node"));

/** For `topicRoutes` in an app that `createServer` of this module serves. */
export const node: Runtime = {
  // Deno has `node:http` as well.
  name: "Deno" in globalThis ? "deno" : "node",
  async upgrade(c, events) {
    const socket: Socket | undefined = c.env.incoming?.socket;
    if (!socket || c.env.outgoing !== undefined)
      throw new Error("The server does not upgrade: make it with createServer of topichub/node");
    // Reset while the request was being checked: the helper would wait for it for ever.
    if (socket.destroyed) return undefined;
    // Where `ws` drops the socket instead of upgrading it, the helper tells nobody.
    const dropped = () => events.closed(1006, "");
    socket.once("close", dropped);
    const opened = (transport: Transport) => {
      // From here on the helper tells, and with the peer's own code.
      socket.off("close", dropped);
      events.opened(transport);
    };
    return upgradeWebSocket(
      c,
      helperEvents({ ...events, opened }, (ws) => transport(ws.raw)),
    );
  },
};

/** Makes a `node:http` server of a Hono app: `@hono/node-server`'s, with its upgrades guarded. */
export function createServer(fetch: Fetch, options: SocketOptions = {}): Server {
  return serverAndSockets(fetch, options).server;
}

/** @internal Serves an app with `node:http`, for the program. */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  const { hostname, port } = options;
  const { server, sockets } = serverAndSockets(fetch, options);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, hostname, resolve);
  });
  const address = server.address();
  return {
    hostname,
    port: typeof address === "object" && address !== null ? address.port : port,
    close: () => close(server, sockets.clients),
  };
}

function serverAndSockets(fetch: Fetch, { maxMessageBytes = MESSAGE_BYTES }: SocketOptions) {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    // The first offer is for WebSockets of the app's own, as `ws` has it.
    handleProtocols: ([first = "", ...others]) => (others.includes(SUBPROTOCOL) ? SUBPROTOCOL : first),
  });
  const server = guardUpgrades(fetch, (guarded) =>
    createAdaptorServer({
      fetch: guarded,
      websocket: { server: sockets },
      // For a request without a Host, as HTTP/1.0 allows.
      hostname: "localhost",
    }),
  );
  return { server, sockets };
}

const SWEEP_MS = 100;
const CLOSE_GRACE_MS = 5_000;

// `server.close` waits for open WebSockets and idle connections for ever, and an upgrade that was still
// being checked comes later: so sweep until the server says that it is closed.
function close(server: Server, clients: ReadonlySet<WsSocket>): Promise<void> {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections();
      if (Date.now() - startedAt < CLOSE_GRACE_MS) return;
      server.closeAllConnections();
      for (const socket of clients) socket.terminate();
    }, SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function transport(raw: unknown): Transport {
  if (!isWsSocket(raw)) throw new TypeError("topichub/node takes sockets of the package 'ws'");
  return {
    canTerminate: true,
    send: (text) => raw.send(bytesOf(text), AS_TEXT),
    close: (code, reason) => raw.close(code, reason),
    terminate: () => raw.terminate(),
    unsentBytes: () => raw.bufferedAmount,
  };
}

const AS_TEXT = { binary: false };
let last = { text: "", bytes: Buffer.alloc(0) };

// One publication goes to many sockets in a row: encoded for the first, it is ready for the others.
function bytesOf(text: string): Buffer {
  if (text !== last.text) last = { text, bytes: Buffer.from(text) };
  return last.bytes;
}

function isWsSocket(raw: unknown): raw is WsSocket {
  return typeof raw === "object" && raw !== null && "terminate" in raw && "bufferedAmount" in raw;
}
