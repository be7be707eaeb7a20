import type { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { Hono } from "hono";
import type { UpgradeWebSocket } from "hono/ws";
import type { Runtime, SocketOptions } from "../routes/runtime.ts";
import { nodeRuntime, socketSettings } from "./node-socket.ts";
import { closeBehindBodies } from "./node-unread-body.ts";
import {
  type Fetch,
  type GuardedListener,
  isUpgraded,
  requestOf,
  takeUpgradeListener,
  upgradeGuard,
} from "./node-upgrade.ts";

/** What is asked of what `createNodeWebSocket` of `@hono/node-ws` makes. */
export interface NodeWebSocket {
  upgradeWebSocket: UpgradeWebSocket<unknown>;
  injectWebSocket(server: Server): void;
  /** The server of the package `ws` without a port. */
  wss: {
    readonly options: object;
    handleUpgrade(
      incoming: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      opened: (socket: unknown) => void,
    ): void;
    emit(event: "connection", socket: unknown, incoming: IncomingMessage): boolean;
  };
}

/** The same for an app with a hub in it. */
export type HubWebSocket<T extends NodeWebSocket> = Omit<T, "injectWebSocket"> & {
  /** For `topicRoutes` in that app. */
  runtime: Runtime;
  /** Has the upgrades of a server answered, be it of `serve` or of `createAdaptorServer`. */
  injectWebSocket(server: EventEmitter): void;
};

/** For `nodeWs`. */
export interface NodeWsOptions extends SocketOptions {
  /** The Hono app that the server serves. */
  app: { fetch: Fetch };
}

/**
 * Makes what `@hono/node-ws` brings to an app on version 1 of `@hono/node-server`, with its upgrades guarded and
 * with a runtime for `topicRoutes`.
 * @param create `createNodeWebSocket` of `@hono/node-ws`, which is to be 1.3 or newer.
 * @throws TypeError where `create` or the app is something else.
 */
export function nodeWs<T extends NodeWebSocket>(
  create: (init: { app: Hono }) => T,
  { app, ...options }: NodeWsOptions,
): HubWebSocket<T> {
  if (typeof create !== "function" || typeof app?.fetch !== "function")
    throw new TypeError("nodeWs takes createNodeWebSocket of '@hono/node-ws', not called yet, and { app }");
  // The helper's own listener goes to a server that never listens, with an app that refuses everything.
  const helper = create({ app: new Hono() });
  const unused = createServer();
  helper.injectWebSocket(unused);
  const refuse = takeUpgradeListener(unused);
  const { upgradeWebSocket, wss } = helper;
  Object.assign(wss.options, socketSettings(options));
  // It waits for a request's socket until it refuses that request itself: so it does, once nobody is there.
  const forget = async (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Of some targets it makes no URL.
    incoming.url = "/";
    await refuse(incoming, socket, head);
  };
  const guard = upgradeGuard((request, env) => app.fetch(request, env));
  const upgrade: GuardedListener = async (incoming, socket, head, url) => {
    let isOpen = false;
    try {
      const env = { incoming, outgoing: undefined };
      const response = await guard.fetch(requestOf(incoming, url), env);
      if (isUpgraded(response, env))
        wss.handleUpgrade(incoming, socket, head, (opened) => {
          isOpen = true;
          wss.emit("connection", opened, incoming);
        });
    } finally {
      if (!isOpen) whenClosed(socket, () => void forget(incoming, socket, head).catch(() => {}));
    }
  };
  return {
    ...helper,
    runtime: nodeRuntime(upgradeWebSocket, "give it to the injectWebSocket that nodeWs returns"),
    injectWebSocket(server) {
      guard.watch(server, upgrade);
      closeBehindBodies(server);
    },
  };
}

function whenClosed(socket: Duplex, fn: () => void): void {
  if (socket.closed) fn();
  else socket.once("close", fn);
}
