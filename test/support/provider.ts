import { sign } from "hono/jwt";
import type { Claims } from "./token.ts";

/** Algorithms that all runtimes have keys for. */
const ALGORITHMS = {
  RS256: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  PS256: { name: "RSA-PSS", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384" },
  EdDSA: { name: "Ed25519" },
} as const;
export type ProviderAlgorithm = keyof typeof ALGORITHMS;

/** A pair of keys; `publicKey` is what a provider publishes. */
export interface SigningKey {
  publicKey: JsonWebKey & { kid: string; kty: string };
  /** A good token of user `alex`, signed with it; a claim set to `undefined` is left out. */
  token(claims?: Claims, kid?: string): Promise<string>;
}

export async function signingKey(alg: ProviderAlgorithm, kid: string): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(ALGORITHMS[alg], true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error(`${alg} makes no pair of keys`);
  const { kty = "", ...publicKey } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const { key_ops: _, alg: __, ...privateKey } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return {
    publicKey: { ...publicKey, kty, alg, kid },
    token(claims = {}, namedKid = kid) {
      const defaults = { sub: "alex", exp: Math.floor(Date.now() / 1000) + 600 };
      return sign({ ...defaults, ...claims }, { ...privateKey, alg, kid: namedKid }, alg);
    },
  };
}

/** An identity provider: a real server of a key set. */
export interface Provider extends AsyncDisposable {
  readonly uri: string;
  /** What it publishes; tests change it. */
  keys: unknown[];
  /** Answers with this instead, where it is set. */
  failure: (() => Response | Promise<Response>) | undefined;
  /** How often it was asked. */
  readonly requests: number;
}

/** Starts one on a free port. */
export function startProvider(keys: unknown[] = []): Provider {
  let requests = 0;
  const provider = {
    keys,
    failure: undefined as Provider["failure"],
    get requests() {
      return requests;
    },
    get uri() {
      return new URL("/keys.json", server.url).href;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      requests++;
      return provider.failure?.() ?? Response.json({ keys: provider.keys });
    },
  });
  return provider;
}
