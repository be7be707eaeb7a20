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
