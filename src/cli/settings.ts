import { readFileSync } from "node:fs";
import { type Config, ConfigError, parseConfig } from "../routes/config.ts";
import { UsageError } from "./arguments.ts";
import { type Environment, parseEnvironment } from "./environment.ts";

/** Everything that the program is started with. */
export interface Settings {
  environment: Environment;
  config: Config;
}

const DEFAULT_FILE = "topichub.config.json";

/**
 * Reads the environment and the configuration file.
 * @throws UsageError that names every fault of both.
 */
export function loadSettings(env: Record<string, string | undefined>): Settings {
  const faults: string[] = [];
  const environment = collect(faults, () => parseEnvironment(env));
  const config = collect(faults, () => readConfig(env.TOPICHUB_CONFIG));
  if (environment === undefined || config === undefined) throw new UsageError(faults);
  return { environment, config };
}

function collect<T>(faults: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

function readConfig(path: string | undefined): Config {
  // The environment's own fault says enough.
  if (path === "") return parseConfig({});
  const file = path ?? DEFAULT_FILE;
  const text = readText(file, path === undefined);
  try {
    return parseConfig(text === undefined ? {} : JSON.parse(text));
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.faults.map((fault) => `${file}: ${fault}`));
    throw new UsageError([`${file}: takes one JSON object, got what is not valid JSON`]);
  }
}

function readText(file: string, isOptional: boolean): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "unknown";
    if (isOptional && code === "ENOENT") return undefined;
    throw new UsageError([`'TOPICHUB_CONFIG' takes a file that can be read, got '${file}' (${code})`]);
  }
}
