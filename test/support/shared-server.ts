import { afterAll, beforeAll } from "bun:test";
import { type Server, type SpawnOptions, spawnServer } from "./spawn-server.ts";
import type { Target } from "./targets.ts";

/** One server for all tests of a block. */
export function sharedServer(target: Pick<Target, "command">, options: SpawnOptions = {}): () => Server {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await spawnServer(target, options);
  }, 20_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 20_000);
  return () => {
    if (!server) throw new Error("the server has not started");
    return server;
  };
}
