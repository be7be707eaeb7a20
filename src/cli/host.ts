import process from "node:process";
import type { Hono } from "hono";
import type { Listener, ListenOptions, Runtime } from "../routes/runtime.ts";
import type { WriteLine } from "./log.ts";

/** The runtime that the program runs on, as far as the program needs it. */
export interface Host {
  runtime: Runtime;
  listen(app: Hono, options: ListenOptions): Promise<Listener>;
  /** To standard error. */
  writeLine: WriteLine;
  /** To standard output. */
  printLine: WriteLine;
}

/**
 * Finds the runtime. Under Deno that is `node:http` and `ws`: Deno's own server can neither bound a
 * fragmented message nor drop a socket.
 */
export async function findHost(): Promise<Host> {
  if ("Bun" in globalThis) {
    const { bun, listen } = await import("../runtime/bun.ts");
    return { runtime: bun, listen: (app, options) => listen(app.fetch, options), writeLine, printLine };
  }
  const { node, listen } = await import("../runtime/node.ts");
  const host = { runtime: node, listen: (app: Hono, options: ListenOptions) => listen(app.fetch, options) };
  if (!("Deno" in globalThis)) return { ...host, writeLine, printLine };
  const { denoWriteLine } = await import("../runtime/deno-write-line.ts");
  return { ...host, writeLine: denoWriteLine(), printLine: denoWriteLine("stdout") };
}

/** Writes to standard error with `node:process`. */
export const writeLine: WriteLine = (line) => writeTo(process.stderr, line);

/** Writes to standard output with `node:process`. */
export const printLine: WriteLine = (line) => writeTo(process.stdout, line);

function writeTo(stream: NodeJS.WriteStream, line: string): Promise<void> {
  return new Promise((resolve) => {
    // A pipe that was closed is no reason to stop.
    stream.write(line, () => resolve());
  });
}
