import process from "node:process";
import { collect, parseFlags, UsageError } from "./arguments.ts";
import { descriptorLimit, fitDescriptors } from "./descriptors.ts";
import { warnings } from "./environment.ts";
import { findHost, type Host } from "./host.ts";
import { createLog, type Log, type LogFormat } from "./log.ts";
import { memoryLimit, memoryWarning } from "./memory.ts";
import { createHub, type Program, startProgram } from "./program.ts";
import { loadSettings, type Settings } from "./settings.ts";
import { makeToken } from "./token.ts";

/** `topichub serve`: runs the server until it is told to stop; on the host found, unless one is given. */
export async function serve(args: string[], given?: Host): Promise<void> {
  const asked = readSettings(args);
  const { JWT_SECRET, JWKS_URI, LOG_LEVEL, LOG_FORMAT } = asked.environment;
  const host = given ?? (await findHost());
  const format = LOG_FORMAT ?? (process.stderr.isTTY ? "pretty" : "json");
  const log = createLog(LOG_LEVEL, format, host.writeLine);
  // A reader that went away must not stop the server.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const { settings, sockets, warning } = fitDescriptors(asked, descriptorLimit());
  const ofSystem = [warning, memoryWarning(settings.config, memoryLimit())];
  for (const text of [...warnings(settings.environment), ...ofSystem]) if (text) log("warn", text);
  const isForDevelopment = JWT_SECRET === undefined && JWKS_URI === undefined;
  const secret = isForDevelopment ? randomSecret() : JWT_SECRET;
  const { drain } = settings.config;
  let program: Program | undefined;
  // First, since whoever started us may tell us to stop at any time.
  stopOnSignals(() => program?.stop(), drain.timeout_ms, log);
  const hub = createHub(log, settings.config);
  const bound = sockets === undefined ? undefined : { most: sockets, full: tellFull(log, sockets) };
  program = await startProgram({ hub, settings, secret, host, sockets: bound });
  const { hostname, port } = program.listener;
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  // Nobody may ever read it.
  void host.printLine(`topichub listening on ${url} (${host.runtime.name})\n`);
  if (isForDevelopment && secret) await host.writeLine(await announcement(settings, secret, url, format));
}

const TELL_MS = 60_000;

/** One line for many who are turned away, and for a while in which that comes and goes. */
function tellFull(log: Log, sockets: number): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - toldAt < TELL_MS) return;
    toldAt = performance.now();
    log("warn", "more sockets are turned away: there are no descriptors for them", { sockets });
  };
}

function readSettings(args: string[]): Settings {
  const faults: string[] = [];
  const options = { host: { type: "string" }, port: { type: "string" }, config: { type: "string" } } as const;
  const {
    host: HOST,
    port: PORT,
    config: TOPICHUB_CONFIG,
  } = parseFlags(args, { command: "serve", options }, faults);
  const settings = collect(faults, () => loadSettings(process.env, { HOST, PORT, TOPICHUB_CONFIG }));
  if (!settings || faults.length > 0) throw new UsageError(faults);
  return settings;
}

function randomSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

const DEVELOPMENT_TTL_S = 7 * 86_400;

// The one token that is meant to be seen: it is good for this run only.
async function announcement(
  settings: Settings,
  secret: string,
  url: string,
  format: LogFormat,
): Promise<string> {
  const options = {
    user: "admin",
    subscribe: ["*"],
    publish: ["*"],
    isAdmin: true,
    ttlSeconds: DEVELOPMENT_TTL_S,
  };
  const token = await makeToken(options, settings, secret);
  const message = "JWT_SECRET is not set: this run has a random one. An admin token for development";
  const page = `${url}/#token=${token}`;
  return format === "json"
    ? `${JSON.stringify({ time: new Date().toISOString(), level: "warn", message, token, page })}\n`
    : `\n${message}:\n\n  ${token}\n\nThe page, signed in with it:\n\n  ${page}\n\n`;
}

// What it takes to end may not come on top of the time.
const END_MS = 500;
const END_SHARE = 0.05;

/** Stops in order at the first signal, at once when the time is over, and at once at the second signal. */
function stopOnSignals(stop: () => Promise<void> | undefined, timeoutMs: number, log: Log): void {
  let isStopping = false;
  const endAfterMs = timeoutMs - Math.min(END_MS, timeoutMs * END_SHARE);
  const stopInOrder = (signal: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log("info", "stopping", { signal });
    setTimeout(() => {
      log("warn", "connections were still open when the time to stop was over");
      process.exit(0);
    }, endAfterMs).unref();
    Promise.resolve(stop()).then(
      () => process.exit(0),
      (error: unknown) => {
        log("error", "stopping failed", { error: String(error) });
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopInOrder(signal));
}
