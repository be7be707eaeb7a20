import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

const LINGER_MS = 1_000;

/** Writes a response to a socket that HTTP has let go of, and closes it. Never rejects. */
export async function respond(socket: Duplex, response: Response, method = "GET"): Promise<void> {
  const head = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`, "connection: close"];
  response.headers.forEach((value, name) => {
    if (name !== "connection" && name !== "transfer-encoding") head.push(`${name}: ${value}`);
  });
  const body = method === "HEAD" ? null : response.body;
  if (body === null && method !== "HEAD") head.push("content-length: 0");
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  // The peer may be gone: there is nobody to tell then.
  await pipeline(body ? chunks(body, socket) : [], socket).catch(() => {});
  await lingering(socket);
}

/** Gives a body up once the peer is gone, also where nothing more of it comes that could not be written. */
async function* chunks(body: ReadableStream<Uint8Array>, socket: Duplex): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  whenLeft(socket, () => void reader.cancel().catch(() => {}));
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

/** Who has ended its side is given the time of an answer, and not that of a stream without end. */
function whenLeft(socket: Duplex, fn: () => void): void {
  if (socket.destroyed) fn();
  else socket.once("close", fn);
  if (socket.readableEnded) destroyLater(socket);
  else socket.once("end", () => destroyLater(socket));
  // Unread, it would tell neither of an end nor of a reset.
  socket.resume();
}

// Closing with input unread would reset the connection, and the answer could be lost on its way.
function lingering(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    destroyLater(socket);
    socket.once("close", () => resolve());
    socket.once("end", () => socket.destroy());
    socket.resume();
  });
}

function destroyLater(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}
