import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";

const HOST = "a host name or an address";
const PORT = "a port from 0 to 65535";
const SECRET = "a key of 32 bytes or more";
const HOME = "the path of a folder";

const Variables = v.object({
  HOST: v.optional(v.pipe(v.string(), v.minLength(1, HOST)), "127.0.0.1"),
  PORT: v.pipe(
    v.optional(v.string(), "8788"),
    v.check((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535, PORT),
    v.transform(Number),
  ),
  JWT_SECRET: v.optional(
    v.pipe(
      v.string(),
      v.check((secret) => Buffer.byteLength(secret) >= 32, SECRET),
    ),
  ),
  BEDROCK_HOME: v.optional(v.pipe(v.string(), v.minLength(1, HOME))),
});

/**
 * Reads the environment.
 * @param {Record<string, string | undefined>} env
 * @returns The settings, or every fault that they have; a secret is never in one.
 */
export function readSettings(env) {
  const parsed = v.safeParse(Variables, env);
  if (!parsed.success)
    return { faults: parsed.issues.map(({ path, message }) => `'${path?.[0].key}' takes ${message}`) };
  const { HOST: hostname, PORT: port, JWT_SECRET, BEDROCK_HOME } = parsed.output;
  const home = BEDROCK_HOME ?? mkdtempSync(join(tmpdir(), "bedrock-manager-"));
  return { settings: { hostname, port, home, secret: JWT_SECRET ?? randomSecret() } };
}

function randomSecret() {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}
