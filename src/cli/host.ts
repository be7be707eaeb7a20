import type { Hono } from "hono";
import type { Listener, ListenOptions, Runtime } from "../routes/runtime.ts";

/** The runtime that the program runs on, as far as the program needs it. */
export interface Host {
  name: "node" | "bun" | "deno";
  runtime: Runtime;
  listen(app: Hono, options: ListenOptions): Promise<Listener>;
}

/**
 * Finds the runtime. Under Deno that is `node:http` and `ws`: Deno's own server can neither bound a
 * fragmented message nor drop a socket.
 */
export async function findHost(): Promise<Host> {
  if ("Bun" in globalThis) {
    const { bun, listen } = await import("../runtime/bun.ts");
    return { name: "bun", runtime: bun, listen: (app, options) => listen(app.fetch, options) };
  }
  const { node, listen } = await import("../runtime/node.ts");
  const name = "Deno" in globalThis ? "deno" : "node";
  return { name, runtime: node, listen: (app, options) => listen(app.fetch, options) };
}
