import process from "node:process";
import { sign } from "hono/jwt";
import { isSecretAlgorithm } from "../auth/algorithms.ts";
import { isUser, USER_RULE } from "../auth/verify-token.ts";
import { selectorFault } from "../protocol/topic.ts";
import { addFaults, collect, parseFlags, UsageError } from "./arguments.ts";
import { DURATION_RULE, parseSeconds } from "./duration.ts";
import { isShort } from "./environment.ts";
import { loadSettings, type Settings } from "./settings.ts";

/** What a token says. */
export interface TokenOptions {
  user: string;
  subscribe?: readonly string[] | undefined;
  publish?: readonly string[] | undefined;
  isAdmin?: boolean | undefined;
  ttlSeconds: number;
}

/** Signs a token that a server of these settings accepts. */
export function makeToken(options: TokenOptions, settings: Settings, secret: string): Promise<string> {
  const { user, subscribe, publish, isAdmin, ttlSeconds } = options;
  const { JWT_ALG: alg, JWT_ISSUER: iss, JWT_AUDIENCE: aud } = settings.environment;
  const hasGrants = subscribe !== undefined || publish !== undefined;
  const grants = { subscribe: subscribe ?? [], publish: publish ?? [] };
  const claims = {
    sub: user,
    exp: Math.floor(Date.now() / 1000) + ttlSeconds,
    ...(hasGrants && { [settings.config.auth.claim]: grants }),
    ...(isAdmin && { admin: true }),
    ...(iss !== undefined && { iss }),
    ...(aud !== undefined && { aud }),
  };
  return sign(claims, secret, alg ?? "HS256");
}

/** `topichub token`: prints one. */
export async function printToken(args: string[]): Promise<void> {
  const faults: string[] = [];
  const flags = parseFlags(args, { command: "token", options: FLAGS }, faults);
  const settings = collect(faults, () => loadSettings(process.env, { TOPICHUB_CONFIG: flags.config }));
  addFaults(faults, flagFaults(flags));
  const secret = settings?.environment.JWT_SECRET;
  if (settings && secret === undefined)
    faults.push("'JWT_SECRET' is missing: it takes the key of the server that is to accept the token");
  const alg = settings?.environment.JWT_ALG ?? "HS256";
  if (!isSecretAlgorithm(alg))
    faults.push(`'JWT_ALG' is ${alg}: tokens of that kind come from the identity provider`);
  const ttlSeconds = parseSeconds(flags.ttl ?? DEFAULT_TTL);
  if (!settings || !secret || ttlSeconds === undefined || faults.length > 0) throw new UsageError(faults);
  if (isShort(secret)) process.stderr.write("topichub: JWT_SECRET is shorter than 32 bytes\n");
  const { user = "", subscribe, publish, admin: isAdmin } = flags;
  const token = await makeToken({ user, subscribe, publish, isAdmin, ttlSeconds }, settings, secret);
  process.stdout.write(`${token}\n`);
}

const DEFAULT_TTL = "1h";
const FLAGS = {
  user: { type: "string" },
  subscribe: { type: "string", multiple: true },
  publish: { type: "string", multiple: true },
  admin: { type: "boolean" },
  ttl: { type: "string" },
  config: { type: "string" },
} as const;

function flagFaults({
  user = "",
  subscribe = [],
  publish = [],
  ttl = DEFAULT_TTL,
}: ReturnType<typeof parseFlags<typeof FLAGS>>): string[] {
  const faults: string[] = [];
  if (user === "") faults.push("--user is missing: it takes the name that the token speaks for");
  else if (!isUser(user)) faults.push(`--user takes ${USER_RULE}`);
  if (parseSeconds(ttl) === undefined) faults.push(`--ttl takes ${DURATION_RULE}, got '${ttl}'`);
  for (const [flag, patterns] of Object.entries({ "--subscribe": subscribe, "--publish": publish }))
    for (const pattern of patterns) {
      const fault = selectorFault(pattern);
      if (fault) faults.push(`${flag} takes a topic or a pattern, got '${pattern}': ${fault}`);
    }
  return faults;
}
