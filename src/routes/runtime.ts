import type { Context } from "hono";
import type { WSContext, WSEvents } from "hono/ws";
import type { Transport } from "../hub/transport.ts";

/** What becomes of one socket. No member throws. */
export interface SocketEvents {
  opened(transport: Transport): void;
  /** A message: a string, or something else where the frame was binary. */
  received(data: unknown): void;
  /** Something that is no message yet, or never: a pong, or the bytes of a frame, where the runtime tells of those. */
  heard(): void;
  closed(code: number, reason: string): void;
}

/** How a socket is opened. */
export interface UpgradeSettings {
  /** The subprotocol to select; undefined where the client offered none. */
  subprotocol: string | undefined;
  /** For a runtime that cannot ping when it is asked to: silence after which it ends the socket, in milliseconds. */
  silenceMs: number;
}

/** What the routes need of the runtime that they run on. */
export interface Runtime {
  /** As `/healthz` names it; `test` is that of `topichub/testing`. */
  readonly name: "node" | "bun" | "deno" | "test";
  /**
   * Completes an upgrade through the runtime's Hono helper.
   * @returns The helper's response, or undefined where the peer is gone; rejects where the handshake fails.
   */
  upgrade(c: Context, events: SocketEvents, settings: UpgradeSettings): Promise<Response | undefined>;
  /** Has the server keep the answer to a request open, however long nothing is sent. No member throws. */
  holdOpen(c: Context): {
    /** True where its connection has closed, as far as the runtime tells beside the request's signal. */
    isGone(): boolean;
    /** Drops the connection, as far as the runtime can. */
    drop(): void;
  };
}

/** What a runtime's server holds its sockets to. */
export interface SocketOptions {
  /**
   * Largest message of a client, in bytes: 65,536 unless given. Past it the runtime closes with 1009, on every
   * WebSocket of that server; `limits.message_bytes` holds those of the hub to their own limit.
   */
  maxMessageBytes?: number | undefined;
}

/** `limits.message_bytes` where the configuration does not say. */
export const MESSAGE_BYTES = 65_536;

/** Where to listen. */
export interface ListenOptions extends SocketOptions {
  hostname: string;
  /** 0 takes a free port. */
  port: number;
  /** What there are descriptors for; without it there is no bound. */
  sockets?: SocketBound | undefined;
}

/** Most sockets that a server accepts, be they connections, streams, or of somebody who asks for nothing. */
export interface SocketBound {
  most: number;
  /** Called when there are as many, and again once there were clearly fewer between. More are turned away meanwhile. */
  full(): void;
}

/** A server that listens. */
export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /** Takes no new connections; settles when the last one, of whatever kind, is closed. */
  close(): Promise<void>;
}

/**
 * Fits a socket's events to what Hono's helpers call; `fit` makes the transport when it opens. Errors are not asked
 * for: a close follows each, and node-ws fails to tell of one where the runtime has no `ErrorEvent`, as Node 20.
 */
export function helperEvents<T>(events: SocketEvents, fit: (ws: WSContext<T>) => Transport): WSEvents<T> {
  return {
    onOpen: (_, ws) => events.opened(fit(ws)),
    onMessage: ({ data }) => events.received(data),
    onClose: ({ code, reason }) => events.closed(code, reason),
  };
}
