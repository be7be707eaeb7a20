import type { Server, ServerOptions } from "node:http";
import type { Listener, ListenOptions, Runtime, SocketOptions } from "../routes/runtime.ts";
import { needs } from "./needs.ts";
import { boundSockets } from "./node-bound.ts";
import { closeServer } from "./node-close.ts";
import { nodeRuntime, socketSettings } from "./node-socket.ts";
import { closeBehindBodies } from "./node-unread-body.ts";
import { type Fetch, takeUpgradeListener, upgradeGuard } from "./node-upgrade.ts";

export type { Fetch } from "./node-upgrade.ts";

const { createAdaptorServer, upgradeWebSocket } = await import("@hono/node-server").catch(
  needs("@hono/node-server", "topichub/node"),
);
const { WebSocketServer } = await import("ws").catch(needs("ws", "topichub/node"));
if (upgradeWebSocket === undefined)
  throw new Error(
    "topichub/node needs version 2 of '@hono/node-server': npm install @hono/node-server@2, or on version 1 " +
      "take topichub/node-ws with '@hono/node-ws' instead",
  );

/** For `topicRoutes` in an app that `createServer` of this module serves. */
export const node: Runtime = nodeRuntime(upgradeWebSocket, "make it with createServer of topichub/node");

/** Makes a `node:http` server of a Hono app: `@hono/node-server`'s, with its upgrades guarded. */
export function createServer(fetch: Fetch, options: SocketOptions = {}): Server {
  return serverAndSockets(fetch, options).server;
}

/** @internal Serves an app with `node:http`, for the program. */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  const { hostname, port } = options;
  const { server, sockets } = serverAndSockets(fetch, options, PATIENCE);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, hostname, () => {
      server.off("error", reject);
      // Who cannot be accepted is one less, and not the end of the program.
      server.on("error", () => {});
      resolve();
    });
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  const closing =
    options.sockets && boundSockets(server, options.sockets, () => server.listen(bound, hostname));
  return {
    hostname,
    port: bound,
    close() {
      closing?.();
      return closeServer(server, sockets.clients);
    },
  };
}

// For a head, and for a whole request, in milliseconds; an answer, and what was upgraded, may take its time.
const PATIENCE: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 1_000,
};

function serverAndSockets(fetch: Fetch, options: SocketOptions, serverOptions: ServerOptions = {}) {
  const sockets = new WebSocketServer({ noServer: true, ...socketSettings(options) });
  const guard = upgradeGuard(fetch);
  const server = createAdaptorServer({
    fetch: guard.fetch,
    serverOptions,
    websocket: { server: sockets },
    // For a request without a Host, as HTTP/1.0 allows.
    hostname: "localhost",
  }) as Server;
  guard.watch(server, takeUpgradeListener(server));
  closeBehindBodies(server);
  return { server, sockets };
}
