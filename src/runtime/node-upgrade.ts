import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ErrorCode } from "../protocol/codes.ts";
import { respond } from "./node-respond.ts";

/** A Hono app's `fetch`. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>;

/** A listener of a server's `upgrade` event. */
type UpgradeListener<Rest extends unknown[] = []> = (
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  ...rest: Rest
) => unknown;

/** One that is told the URL as well. */
export type GuardedListener = UpgradeListener<[url: string]>;

/** What is handed to `fetch` beside the request, as node-server does it. */
interface Env {
  incoming?: { readonly rawHeaders?: readonly string[] };
}

/** An upgrade that a listener was told of. */
interface UnderWay {
  server: EventEmitter;
  socket: Socket;
  /** How much had been written by then: earlier requests of the same connection were answered on it. */
  written: number;
}

/** Has every upgrade of a server answered, with its body, whoever else listens. */
export interface UpgradeGuard {
  /** The app's `fetch`; what it refuses to upgrade is answered on the socket before this resolves. */
  fetch(request: Request, env: Env): Promise<Response>;
  /**
   * Brings a server's upgrades to WebSocket to a listener, and answers all others. The listener MUST ask `fetch`
   * of the guard, and complete an upgrade only where the answer `isUpgraded`.
   */
  watch(server: EventEmitter, upgrade: GuardedListener): void;
}

/**
 * Guards what Hono's helpers for `node:http` do with upgrades. By themselves both drop the body of a refusal, and
 * node-ws its headers; a refused socket hangs beside a second `upgrade` listener, and node-ws ends those that are
 * the other's; node-server leaves an upgrade to anything but WebSocket hanging; and node-ws ends the process at a
 * target that is no URL and at a reset.
 */
export function upgradeGuard(fetch: Fetch): UpgradeGuard {
  const underWay = new WeakMap<object, UnderWay>();
  return {
    async fetch(request, env) {
      const marks = marksIn(env);
      const response = hasTwoHosts(env)
        ? malformed("The header Host stands more than once")
        : await fetch(request, env);
      const upgrade = env.incoming && underWay.get(env.incoming);
      if (!upgrade || isUpgraded(response, env, marks)) return response;
      if (!haveOthers(upgrade.server) || (response.status !== 404 && isUntouched(upgrade)))
        await respond(upgrade.socket, response, request.method);
      return response;
    },
    watch(server, upgrade) {
      const earlier = new WeakMap<object, ServerResponse>();
      server.on("request", ({ socket }: IncomingMessage, answer: ServerResponse) =>
        earlier.set(socket, answer),
      );
      server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
        // A reset at any moment from here on must not become an uncaught error.
        socket.on("error", () => socket.destroy());
        const answer = earlier.get(incoming.socket);
        if (answer === undefined || answer.writableFinished) begin(incoming, socket, head);
        else afterAnswer(answer, socket, () => begin(incoming, socket, head));
      });
      const begin = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
        const url = urlOf(incoming);
        if (url === undefined)
          void respond(socket, malformed("The request's target or its Host is malformed"));
        // The helpers leave empty headers out, and `ws` refuses this one in HTML.
        else if (incoming.headers["sec-websocket-protocol"] === "")
          void respond(socket, malformed("Sec-WebSocket-Protocol is malformed"));
        else if (incoming.method === "GET" && incoming.headers.upgrade?.toLowerCase() === "websocket") {
          const started = { server, socket: incoming.socket, written: incoming.socket.bytesWritten };
          underWay.set(incoming, started);
          void settled(started, async () => upgrade.call(server, incoming, socket, head, url));
        } else if (!haveOthers(server)) void ignoreUpgrade(fetch, url, incoming, socket);
      };
    },
  };
}

/** Takes off a server the one upgrade listener that a helper has put there. */
export function takeUpgradeListener(server: EventEmitter): UpgradeListener {
  const [upgrade] = server.listeners("upgrade");
  if (!upgrade) throw new TypeError("The server has no upgrade listener to guard");
  server.removeAllListeners("upgrade");
  return upgrade as UpgradeListener;
}

/**
 * True for what a helper answers where it upgrades: it marks the environment too. No route has both by chance, and
 * middleware that replaced the answer has refused.
 * @param marks How many there were before.
 */
export function isUpgraded({ status, body }: Response, env: object, marks = 0): boolean {
  return status === 200 && body === null && marksIn(env) > marks;
}

/** The request as the app sees it, from a target that the server's parser let pass. */
export function requestOf(
  { method = "GET", headers }: IncomingMessage,
  url: string,
  without: ReadonlySet<string> = new Set(),
): Request {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || without.has(name) ? [] : [[name, String(value)]],
  );
  return new Request(url, { method, headers: kept });
}

// Node takes the first, and somebody before it may have taken the last. RFC 9112, section 3.2.
function hasTwoHosts({ incoming: { rawHeaders = [] } = {} }: Env): boolean {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host").length > 1;
}

function marksIn(env: object): number {
  return Object.getOwnPropertySymbols(env).length;
}

function haveOthers(server: EventEmitter): boolean {
  return server.listenerCount("upgrade") > 1;
}

// Another listener may have taken the socket already.
function isUntouched({ socket, written }: UnderWay): boolean {
  return socket.bytesWritten === written && socket.listenerCount("data") === 0;
}

/** Answers where a listener fails. Never rejects. */
async function settled(started: UnderWay, upgrade: () => Promise<unknown>): Promise<void> {
  try {
    await upgrade();
  } catch {
    if (isUntouched(started))
      await respond(started.socket, refusal(500, "unavailable", "The upgrade failed"));
  }
}

const EARLIER_MS = 1_000;

/**
 * Calls `fn` once the answer to an earlier request of the connection is out, of which what is written to the socket
 * would become a part. One that goes on and on, as a stream of events does, is dropped with its connection.
 */
function afterAnswer(answer: ServerResponse, socket: Duplex, fn: () => void): void {
  const timer = setTimeout(() => socket.destroy(), EARLIER_MS);
  socket.once("close", () => clearTimeout(timer));
  answer.once("finish", () => {
    clearTimeout(timer);
    fn();
  });
}

// What node-server answers 500 to, or throws at, never reaches it. RFC 9112, section 3.2.
function urlOf({ url = "/", headers: { host = "" } }: IncomingMessage): string | undefined {
  const target = url.startsWith("/") ? `http://${host}${url}` : url;
  // A name and a password before the host are none of a target's: no `Request` is made of them.
  const isPlain = /^[^\s/?#@\\]+$/.test(host) && /^https?:\/\/[^/?#@\\]+([/?#]|$)/.test(target);
  return isPlain && URL.canParse(target) ? target : undefined;
}

const HOP_BY_HOP = new Set(["upgrade", "connection", "http2-settings", "keep-alive", "te", "trailer"]);

/** Answers a request as if it had not asked to upgrade. RFC 9110, section 7.8. */
async function ignoreUpgrade(
  fetch: Fetch,
  url: string,
  incoming: IncomingMessage,
  socket: Duplex,
): Promise<void> {
  const { method, headers } = incoming;
  // The parser let go of the socket before the body: nobody reads that any more.
  if (Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined)
    return respond(
      socket,
      malformed("Only upgrades to websocket are offered: send it again without Upgrade"),
    );
  try {
    const response = await fetch(requestOf(incoming, url, HOP_BY_HOP), { incoming });
    await respond(socket, response, method);
  } catch {
    socket.destroy();
  }
}

function malformed(message: string): Response {
  return refusal(400, "invalid_message", message);
}

function refusal(status: number, code: ErrorCode, message: string): Response {
  const body = { status: "error", code, message };
  return Response.json(body, { status, headers: { "X-Topichub-Error": code } });
}
