import { readFileSync } from "node:fs";
import { type Config, ConfigError, parseConfig } from "../routes/config.ts";
import { collect, UsageError } from "./arguments.ts";
import { type Environment, parseEnvironment } from "./environment.ts";

/** Everything that the program is started with. */
export interface Settings {
  environment: Environment;
  config: Config;
}

const DEFAULT_FILE = "topichub.config.json";

type Variables = Record<string, string | undefined>;

/**
 * Reads the environment and the configuration file.
 * @param flags What was given as a flag, by the variable that it stands for.
 * @throws UsageError that names every fault of all of them.
 */
export function loadSettings(environ: Variables, flags: Variables = {}): Settings {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const env: Variables = { ...environ, ...Object.fromEntries(given) };
  const faults: string[] = [];
  const environment = collect(faults, () => parseEnvironment(env));
  const config = collect(faults, () => readConfig(env.TOPICHUB_CONFIG));
  if (environment === undefined || config === undefined)
    throw new UsageError(faults.map((fault) => given.reduce(nameFlag, fault)));
  const { AUTH_MODE: mode = config.auth.mode } = environment;
  return { environment, config: { ...config, auth: { ...config.auth, mode } } };
}

const FLAGS: Record<string, string> = { HOST: "--host", PORT: "--port", TOPICHUB_CONFIG: "--config" };

function nameFlag(fault: string, [variable]: [string, unknown]): string {
  const flag = FLAGS[variable];
  return flag && fault.startsWith(`'${variable}'`) ? fault.replace(`'${variable}'`, flag) : fault;
}

function readConfig(path: string | undefined): Config {
  // The environment's own fault says enough.
  if (path === "") return parseConfig({});
  const file = path ?? DEFAULT_FILE;
  const text = readText(file, path === undefined);
  try {
    return parseConfig(text === undefined ? {} : JSON.parse(text.replace(/^\uFEFF/, "")));
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
