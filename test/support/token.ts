import { createHmac } from "node:crypto";
import { sign } from "hono/jwt";

/** The `JWT_SECRET` of every spawned server that is not given another one. */
export const TEST_SECRET = "a secret for tests only, 40 bytes long..";

type Sign = typeof sign;
export type Claims = Record<string, unknown>;
export interface TokenOptions {
  secret?: Parameters<Sign>[1];
  alg?: Parameters<Sign>[2];
}

/** A good token of user `alex`, who may do everything but administer; a claim set to `undefined` is left out. */
export function token(claims: Claims = {}, options: TokenOptions = {}): Promise<string> {
  const defaults: Claims = {
    sub: "alex",
    exp: Math.floor(Date.now() / 1000) + 600,
    topics: { subscribe: ["*"], publish: ["*"] },
  };
  return sign({ ...defaults, ...claims }, options.secret ?? TEST_SECRET, options.alg ?? "HS256");
}

/**
 * A token made by hand, to be wrong in one way: strings are encoded as they are, anything else as JSON.
 * Without a `signature` it gets the right HS256 one, with `""` none.
 */
export function rawToken(header: unknown, payload: unknown, signature?: string): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${signature ?? createHmac("sha256", TEST_SECRET).update(signed).digest("base64url")}`;
}

function part(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}
