import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A Hono app's `fetch`. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>;

/** What node-server hands to `fetch` beside the request. */
interface Env {
  incoming?: IncomingMessage;
  outgoing?: unknown;
}

/**
 * Makes a server of node-server's whose upgrades are all answered, with their bodies, whoever else listens:
 * by itself it drops the body of a refusal, leaves a refused socket hanging where there is a second
 * `upgrade` listener, and leaves an upgrade to anything but WebSocket hanging always.
 * @param create Makes the server of the `fetch` given; it must add its one `upgrade` listener.
 */
export function guardUpgrades(fetch: Fetch, create: (fetch: Fetch) => unknown): Server {
  let othersListen = () => false;
  const server = create(async (request, env: Env) => {
    const response = await fetch(request, env);
    const socket = env.outgoing === undefined ? env.incoming?.socket : undefined;
    if (!socket || isUpgraded(response)) return response;
    if (!othersListen() || (response.status !== 404 && isUntouched(socket)))
      await respond(socket, response, request.method);
    return response;
  }) as Server;
  const [upgrade] = server.listeners("upgrade");
  if (!upgrade) throw new TypeError("The server has no upgrade listener to guard");
  server.removeAllListeners("upgrade");
  othersListen = () => server.listenerCount("upgrade") > 1;
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer<ArrayBuffer>) => {
    // A reset at any moment from here on must not become an uncaught error.
    socket.on("error", () => socket.destroy());
    const url = urlOf(request);
    if (url === undefined) void respond(socket, refusal("The request's target or its Host is malformed"));
    // node-server leaves empty headers out, and `ws` refuses this one in HTML.
    else if (request.headers["sec-websocket-protocol"] === "")
      void respond(socket, refusal("Sec-WebSocket-Protocol is malformed"));
    else if (request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket")
      upgrade.call(server, request, socket, head);
    else if (!othersListen()) void ignoreUpgrade(fetch, url, request, socket);
  });
  return server;
}

// What the helper answers when it upgrades; no refusal of ours or Hono's has that shape.
function isUpgraded({ status, body }: Response): boolean {
  return status === 200 && body === null;
}

// Another listener may have taken the socket already.
function isUntouched(socket: { bytesWritten: number; listenerCount(event: string): number }): boolean {
  return socket.bytesWritten === 0 && socket.listenerCount("data") === 0;
}

// What node-server answers 500 to, or throws at, never reaches it. RFC 9112, section 3.2.
function urlOf({ url = "/", headers: { host = "" } }: IncomingMessage): string | undefined {
  const target = url.startsWith("/") ? `http://${host}${url}` : url;
  const isPlain = /^[^\s/?#@\\]+$/.test(host) && /^https?:/.test(target);
  return isPlain && URL.canParse(target) ? target : undefined;
}

/** Answers a request as if it had not asked to upgrade. RFC 9110, section 7.8. */
async function ignoreUpgrade(
  fetch: Fetch,
  url: string,
  incoming: IncomingMessage,
  socket: Duplex,
): Promise<void> {
  const { method = "GET", headers } = incoming;
  // The parser let go of the socket before the body: nobody reads that any more.
  if (Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined)
    return respond(socket, refusal("Only upgrades to websocket are offered: send it again without Upgrade"));
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, String(value)]],
  );
  try {
    const response = await fetch(new Request(url, { method, headers: kept }), { incoming });
    await respond(socket, response, method);
  } catch {
    socket.destroy();
  }
}

const HOP_BY_HOP = new Set(["upgrade", "connection", "http2-settings", "keep-alive", "te", "trailer"]);

function refusal(message: string): Response {
  const body = { status: "error", code: "invalid_message", message };
  return Response.json(body, { status: 400, headers: { "X-Topichub-Error": "invalid_message" } });
}

const LINGER_MS = 1_000;

/** Writes a response to a socket that HTTP has let go of, and closes it. Never rejects. */
async function respond(socket: Duplex, response: Response, method = "GET"): Promise<void> {
  const head = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`, "connection: close"];
  response.headers.forEach((value, name) => {
    if (name !== "connection" && name !== "transfer-encoding") head.push(`${name}: ${value}`);
  });
  const body = method === "HEAD" ? null : response.body;
  if (body === null && method !== "HEAD") head.push("content-length: 0");
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  // The peer may be gone: there is nobody to tell then.
  await pipeline(body ?? [], socket).catch(() => {});
  await lingering(socket);
}

// Closing with input unread would reset the connection, and the answer could be lost on its way.
function lingering(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.once("end", () => socket.destroy());
    socket.resume();
  });
}
