import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../test/support/deadline.ts";
import { scratchFolder } from "../../test/support/guard.ts";
import { type Server, type SpawnOptions, spawnServer } from "../../test/support/spawn-server.ts";
import { ROOT, type Target } from "../../test/support/targets.ts";

/** A server that can be told to collect its garbage. */
export interface MeasuredServer {
  server: Server;
  /** The bytes that its program holds, once what nobody holds is collected. */
  heldBytes(): Promise<number>;
}

const COLLECT = `${ROOT}scripts/leaks/collect.mjs`;

/** What each runtime is told before the name of its script. */
const FLAGS: Record<Target["runtime"], readonly string[]> = {
  node: ["--expose-gc", "--import", COLLECT],
  bun: ["--preload", COLLECT],
  deno: ["--v8-flags=--expose-gc", "--preload", COLLECT],
};

/** @param command The target's own, or that of a script on it. */
export async function spawnMeasured(
  { runtime }: Target,
  command: readonly string[],
  options: SpawnOptions,
): Promise<MeasuredServer> {
  const file = join(scratchFolder(), "collected.json");
  // Deno takes its flags after the subcommand.
  const at = runtime === "deno" ? 2 : 1;
  const flagged = [...command.slice(0, at), ...FLAGS[runtime], ...command.slice(at)];
  const env = { LOG_LEVEL: "error", ...options.env, COLLECTED: file };
  const server = await spawnServer({ command: flagged }, { ...options, env });
  let asked = 0;
  return {
    server,
    async heldBytes() {
      asked++;
      server.signal("SIGUSR2");
      const collected = () => {
        const { times, bytes } = JSON.parse(readFileSync(file, "utf8")) as { times: number; bytes: number };
        return times === asked && bytes;
      };
      return eventually(collected, 30_000, () => `a collection; ${server.stderr()}`);
    },
  };
}
