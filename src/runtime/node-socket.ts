import type { Socket } from "node:net";
import type { UpgradeWebSocket } from "hono/ws";
import type { Transport } from "../hub/transport.ts";
import { SUBPROTOCOL } from "../protocol/codes.ts";
import { helperEvents, MESSAGE_BYTES, type Runtime, type SocketOptions } from "../routes/runtime.ts";
import { writeInParts } from "./node-writes.ts";

/** The runtime of an app on `node:http`, whose sockets are those of the package `ws`. */
export function nodeRuntime(upgradeWebSocket: UpgradeWebSocket<unknown>, advice: string): Runtime {
  return {
    // Deno has `node:http` as well.
    name: "Deno" in globalThis ? "deno" : "node",
    async upgrade(c, events) {
      const socket: Socket | undefined = c.env.incoming?.socket;
      if (!socket || c.env.outgoing !== undefined) throw new Error(`The server does not upgrade: ${advice}`);
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
        helperEvents({ ...events, opened }, (ws) => transport(ws.raw, socket, events.heard)),
      );
    },
    holdOpen(c) {
      const socket: Socket | undefined = c.env?.incoming?.socket;
      return {
        // Version 1 of node-server aborts no signal that was asked for only then, and an upgrade's request has none.
        isGone: () => socket?.destroyed === true,
        // An upgrade that is answered without one has no `outgoing`.
        drop: () => (c.env?.outgoing ?? socket)?.destroy(),
      };
    },
  };
}

/** What a `WebSocketServer` of `ws` is told so that it suits a hub. */
export function socketSettings({ maxMessageBytes = MESSAGE_BYTES }: SocketOptions) {
  return {
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    // The first offer is for WebSockets of the app's own, as `ws` has it.
    handleProtocols: ([first = "", ...others]: Set<string>) =>
      others.includes(SUBPROTOCOL) ? SUBPROTOCOL : first,
  };
}

/** What is asked of a socket of `ws`. */
interface WsSocket {
  send(data: Uint8Array, options: { binary: boolean }): void;
  close(code: number, reason: string): void;
  ping(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  readonly bufferedAmount: number;
}

function transport(raw: unknown, socket: Socket, heard: () => void): Transport {
  if (!isWsSocket(raw)) throw new TypeError("On Node, topichub takes sockets of the package 'ws'");
  // Any byte: who is in the middle of a long frame can answer no ping.
  socket.on("data", heard);
  const taken = writeInParts(socket);
  return {
    canTerminate: true,
    canPing: true,
    send: (text) => raw.send(bytesOf(text), AS_TEXT),
    close: (code, reason) => raw.close(code, reason),
    ping: () => raw.ping(),
    terminate: () => raw.terminate(),
    pause: () => raw.pause(),
    resume: () => raw.resume(),
    unsentBytes: () => raw.bufferedAmount && raw.bufferedAmount - taken(),
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
