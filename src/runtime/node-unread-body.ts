import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Has a server close a connection behind the answer to a request that has a body by mistake. No app is given it, and
 * for the rest of it Node waits 300 s and Deno for ever.
 */
export function closeBehindBodies(server: EventEmitter): void {
  // First, since an app may answer at once.
  server.prependListener("request", ({ method, headers }: IncomingMessage, response: ServerResponse) => {
    if (method !== "GET" && method !== "HEAD") return;
    const hasBody = Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined;
    if (hasBody) response.shouldKeepAlive = false;
  });
}
