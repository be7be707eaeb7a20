import process from "node:process";
import { parseFlags } from "./arguments.ts";
import { isShort } from "./environment.ts";
import { findHost, type Host } from "./host.ts";
import { createLog, type Log, type LogFormat } from "./log.ts";
import { createHub, type Program, startProgram } from "./program.ts";
import { loadSettings, type Settings } from "./settings.ts";
import { makeToken } from "./token.ts";

/** `topichub serve`: runs the server until it is told to stop; on the host found, unless one is given. */
export async function serve(args: string[], given?: Host): Promise<void> {
  const {
    host: HOST,
    port: PORT,
    config: TOPICHUB_CONFIG,
  } = parseFlags(args, {
    host: { type: "string" },
    port: { type: "string" },
    config: { type: "string" },
  });
  const settings = loadSettings(process.env, { HOST, PORT, TOPICHUB_CONFIG });
  const { JWT_SECRET, LOG_LEVEL, LOG_FORMAT } = settings.environment;
  const format = LOG_FORMAT ?? (process.stderr.isTTY ? "pretty" : "json");
  const log = createLog(LOG_LEVEL, format);
  if (JWT_SECRET !== undefined && isShort(JWT_SECRET))
    log("warn", "JWT_SECRET is shorter than 32 bytes: tokens can be forged by guessing it");
  const host = given ?? (await findHost());
  const secret = JWT_SECRET ?? randomSecret();
  const program = await startProgram({ hub: createHub(log), settings, secret, host });
  const { hostname, port } = program.listener;
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  // Before the line, since whoever waits for it may tell us to stop at once.
  stopOnSignals(program, log);
  // A reader of standard output that went away must not stop the server.
  process.stdout.on("error", () => {});
  process.stdout.write(`topichub listening on ${url} (${host.name})\n`);
  if (JWT_SECRET === undefined) await announceToken(settings, secret, url, format);
}

function randomSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

const DEVELOPMENT_TTL_S = 7 * 86_400;

// The one token that is meant to be seen: it is good for this run only.
async function announceToken(
  settings: Settings,
  secret: string,
  url: string,
  format: LogFormat,
): Promise<void> {
  const options = {
    user: "admin",
    subscribe: ["*"],
    publish: ["*"],
    isAdmin: true,
    ttlSeconds: DEVELOPMENT_TTL_S,
  };
  const { JWT_ALG, JWT_ISSUER: iss, JWT_AUDIENCE: aud } = settings.environment;
  const token = await makeToken({ ...options, iss, aud }, secret, JWT_ALG);
  const message = "JWT_SECRET is not set: this run has a random one. An admin token for development";
  const page = `${url}/#token=${token}`;
  const text =
    format === "json"
      ? JSON.stringify({ time: new Date().toISOString(), level: "warn", message, token, page })
      : `\n${message}:\n\n  ${token}\n\nThe page, signed in with it:\n\n  ${page}\n`;
  process.stderr.write(`${text}\n`);
}

const STOP_TIMEOUT_MS = 10_000;

function stopOnSignals(program: Program, log: Log): void {
  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log("info", "stopping", { signal });
    setTimeout(() => {
      log("warn", "connections were still open when the time to stop was over");
      process.exit(0);
    }, STOP_TIMEOUT_MS).unref();
    program.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log("error", "stopping failed", { error: String(error) });
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
}
