import process from "node:process";
import { sign } from "hono/jwt";
import { isUser, SECRET_ALGORITHMS, type SecretAlgorithm, USER_RULE } from "../auth/verify-token.ts";
import { selectorFault } from "../protocol/topic.ts";
import { parseFlags, UsageError } from "./arguments.ts";

/** What a token says. */
export interface TokenOptions {
  user: string;
  subscribe?: readonly string[] | undefined;
  publish?: readonly string[] | undefined;
  isAdmin?: boolean | undefined;
  ttlSeconds: number;
  iss?: string | undefined;
  aud?: string | undefined;
}

/** Signs a token. */
export function makeToken(options: TokenOptions, secret: string, alg: SecretAlgorithm): Promise<string> {
  const { user, subscribe, publish, isAdmin, ttlSeconds, iss, aud } = options;
  const hasGrants = subscribe !== undefined || publish !== undefined;
  const claims = {
    sub: user,
    exp: Math.floor(Date.now() / 1000) + ttlSeconds,
    ...(hasGrants && { topics: { subscribe: subscribe ?? [], publish: publish ?? [] } }),
    ...(isAdmin && { admin: true }),
    ...(iss !== undefined && { iss }),
    ...(aud !== undefined && { aud }),
  };
  return sign(claims, secret, alg);
}

/** `topichub token`: prints one. */
export async function printToken(args: string[]): Promise<void> {
  const flags = parseFlags(args, {
    user: { type: "string" },
    subscribe: { type: "string", multiple: true },
    publish: { type: "string", multiple: true },
    admin: { type: "boolean" },
    ttl: { type: "string", default: "1h" },
  });
  const { JWT_SECRET: secret = "", JWT_ALG: alg = "HS256", JWT_ISSUER: iss, JWT_AUDIENCE: aud } = process.env;
  const { user = "", subscribe, publish, admin: isAdmin, ttl } = flags;
  const ttlSeconds = seconds(ttl);
  const faults = [
    ...(user === "" ? ["--user is missing: it takes the name that the token speaks for"] : []),
    ...(user !== "" && !isUser(user) ? [`--user takes ${USER_RULE}`] : []),
    ...(iss === "" ? ["JWT_ISSUER takes an issuer, got ''"] : []),
    ...(aud === "" ? ["JWT_AUDIENCE takes an audience, got ''"] : []),
    ...(secret === ""
      ? ["JWT_SECRET is missing: it takes the key of the server that is to accept the token"]
      : []),
    ...(isSecretAlgorithm(alg) ? [] : [`JWT_ALG takes ${SECRET_ALGORITHMS.join(", ")}, got '${alg}'`]),
    ...(ttlSeconds === undefined ? [`--ttl takes a number and s, m, h or d, such as 12h, got '${ttl}'`] : []),
    ...[...(subscribe ?? []), ...(publish ?? [])].flatMap((pattern) => {
      const fault = selectorFault(pattern);
      return fault ? [`--subscribe and --publish take topics and patterns, got '${pattern}': ${fault}`] : [];
    }),
  ];
  if (faults.length > 0 || ttlSeconds === undefined || !isSecretAlgorithm(alg)) throw new UsageError(faults);
  const token = await makeToken({ user, subscribe, publish, isAdmin, ttlSeconds, iss, aud }, secret, alg);
  process.stdout.write(`${token}\n`);
}

function isSecretAlgorithm(name: string): name is SecretAlgorithm {
  return SECRET_ALGORITHMS.some((known) => known === name);
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

function seconds(ttl: string): number | undefined {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(ttl);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0) : undefined;
}
