import * as v from "valibot";
import { algorithmsFor } from "../auth/algorithms.ts";
import { isKeySetAddress, KEY_SET_RULE } from "../auth/provider-keys.ts";
import { faultsOf } from "../protocol/faults.ts";
import { AUTH_MODES } from "../routes/config.ts";
import { UsageError } from "./arguments.ts";
import { LEVELS } from "./log.ts";

const text = (takes: string) =>
  v.pipe(
    v.string(),
    v.check((value) => value !== "", takes),
  );
const notOffered = v.optional(v.never());
const PORT = "a port from 0 to 65535";
const ORIGINS = "* or a list of origins with commas, such as https://app.example.com";

const algorithm = (hasProvider: boolean) => {
  const names = algorithmsFor(hasProvider);
  const takes = hasProvider ? names.join(", ") : `${names.join(", ")}; with JWKS_URI another`;
  // Each key of a provider says itself what it is for.
  return v.optional(v.picklist(names, takes), hasProvider ? undefined : "HS256");
};

const KeySetAddress = v.pipe(
  v.string(),
  v.rawCheck(({ dataset: { typed, value }, addIssue }) => {
    if (!typed || isKeySetAddress(value)) return;
    // A password in it is a secret.
    addIssue({ message: KEY_SET_RULE, received: JSON.stringify(value.replace(/\/\/.*@/, "//…@")) });
  }),
);

const variables = (hasProvider: boolean) =>
  v.object({
    HOST: v.optional(text("a host name or an address"), "127.0.0.1"),
    PORT: v.pipe(
      v.optional(v.string(), "8787"),
      v.check((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535, PORT),
      v.transform(Number),
    ),
    JWT_SECRET: v.optional(text("a key of 32 bytes or more")),
    JWT_ALG: algorithm(hasProvider),
    JWT_ISSUER: v.optional(text("an issuer")),
    JWT_AUDIENCE: v.optional(text("an audience")),
    JWKS_URI: v.optional(KeySetAddress),
    AUTH_MODE: v.optional(v.picklist(AUTH_MODES, AUTH_MODES.join(", "))),
    ALLOWED_ORIGINS: v.optional(v.pipe(v.string(), v.check(areOrigins, ORIGINS), v.transform(origins))),
    REDIS_URL: notOffered,
    TOPICHUB_CONFIG: v.optional(text("the path of a file")),
    LOG_LEVEL: v.optional(v.picklist(LEVELS, LEVELS.join(", ")), "info"),
    LOG_FORMAT: v.optional(v.picklist(["pretty", "json"], "pretty or json")),
    NODE_ENV: v.optional(v.string()),
  });

/** The environment variables that the program knows, checked. */
export type Environment = v.InferOutput<ReturnType<typeof variables>>;

/**
 * Checks the environment variables that the program knows.
 * @throws UsageError that names every fault; a secret is never in it.
 */
export function parseEnvironment(env: Record<string, string | undefined>): Environment {
  const hasProvider = env.JWKS_URI !== undefined;
  const parsed = v.safeParse(variables(hasProvider), env);
  const faults = parsed.success ? [] : faultsOf(parsed.issues).map(({ message }) => message);
  const { JWT_SECRET: secret, NODE_ENV: mode } = env;
  if (mode === "production") {
    if (secret === undefined && !hasProvider)
      faults.push("'JWT_SECRET' is missing: it takes a key of 32 bytes or more; or set JWKS_URI");
    else if (secret && isShort(secret))
      faults.push("'JWT_SECRET' takes a key of 32 bytes or more, got fewer");
  }
  if (parsed.success && faults.length === 0) return parsed.output;
  throw new UsageError(faults);
}

/** What is allowed and likely not meant. */
export function warnings({ JWT_SECRET, JWT_ALG, JWKS_URI, JWT_AUDIENCE }: Environment): string[] {
  const found: string[] = [];
  if (JWT_SECRET !== undefined && isShort(JWT_SECRET))
    found.push("JWT_SECRET is shorter than 32 bytes: tokens can be forged by guessing it");
  if (JWKS_URI === undefined) return found;
  if (JWT_SECRET !== undefined && JWT_ALG !== undefined)
    found.push(`JWT_SECRET is of no use: JWT_ALG has only ${JWT_ALG} accepted, by the keys at JWKS_URI`);
  const { protocol, hostname } = new URL(JWKS_URI);
  if (protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
    found.push("JWKS_URI is not https: whoever is on the way to it can forge tokens");
  if (JWT_AUDIENCE === undefined)
    found.push("JWT_AUDIENCE is not set: tokens that the provider made for other services are accepted");
  return found;
}

/** True for a key shorter than its hash, which RFC 7518, section 3.2, does not allow. */
export function isShort(secret: string): boolean {
  return new TextEncoder().encode(secret).length < 32;
}

function origins(list: string): "*" | string[] {
  return list.trim() === "*" ? "*" : list.split(",").map((origin) => origin.trim());
}

function areOrigins(text: string): boolean {
  const list = origins(text);
  return list === "*" || list.every((entry) => URL.canParse(entry) && new URL(entry).origin === entry);
}
