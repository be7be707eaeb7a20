import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "./guard.ts";
import { TEST_SECRET } from "./token.ts";

export interface EnvironmentOptions {
  /** Beside the defaults below, or in their place; `undefined` takes one away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Written to a file of its own that `TOPICHUB_CONFIG` names. Text is written as it is. */
  config?: object | string;
}

/** What a spawned program gets. Nothing else of our own environment reaches it. */
export function environment({ env, config }: EnvironmentOptions): Record<string, string> {
  const { PATH, HOME, TMPDIR, DENO_DIR } = process.env;
  const all: Record<string, string | undefined> = {
    ...{ PATH, HOME, TMPDIR, DENO_DIR, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    ...{ HOST: "127.0.0.1", PORT: "0", JWT_SECRET: TEST_SECRET, LOG_LEVEL: "info" },
    TOPICHUB_CONFIG: config === undefined ? undefined : configFile(config),
    ...env,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function configFile(config: object | string): string {
  const path = join(scratchFolder(), "topichub.config.json");
  writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config));
  return path;
}
