import { verify } from "hono/jwt";
import { type Principal, TokenError } from "../hub/principal.ts";
import { grantsOf } from "./grants.ts";

/** Algorithms for which a shared secret is the key. RFC 7518, section 3.2. */
export const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;
export type SecretAlgorithm = (typeof SECRET_ALGORITHMS)[number];

/** What tokens are verified with. */
export interface VerifyOptions {
  secret: string;
  /** The only algorithm accepted: HS256 unless given. */
  alg?: SecretAlgorithm | undefined;
  /** The `iss` that a token must have, where given. */
  issuer?: string | undefined;
  /** What must be among a token's `aud`, where given. */
  audience?: string | undefined;
  /** Whether a token must have `exp`: true unless given. */
  requireExp?: boolean | undefined;
  /** The claim that holds the grants: `topics` unless given. */
  claim?: string | undefined;
}

const TOKEN_BYTES = 8192;
const USER_BYTES = 255;

/**
 * Makes what verifies a token (RFC 7519) and reads who it speaks for. PROTOCOL.md, Tokens.
 * @returns A function that rejects with a `TokenError` for every token that is not good.
 */
export function tokenVerifier(options: VerifyOptions): (token: string) => Promise<Principal> {
  const { secret, alg = "HS256", issuer, audience, requireExp = true, claim = "topics" } = options;
  // hono refuses an `iat` of a clock that is ahead by a second: RFC 7519 does not ask for that.
  const demands = { alg, iat: false, ...(issuer && { iss: issuer }), ...(audience && { aud: audience }) };
  return async (token) => {
    // Every character of a good token is one byte.
    if (token === "") throw new TokenError("Missing token");
    if (token.length > TOKEN_BYTES) throw new TokenError(`Invalid token: longer than ${TOKEN_BYTES} bytes`);
    const claims: Record<string, unknown> = await verify(token, secret, demands).catch(explain);
    return principalOf(claims, requireExp, claim);
  };
}

// hono's messages quote the token, its names do not.
function explain(error: unknown): never {
  const name = error instanceof Error ? error.name : "";
  throw new TokenError(`Invalid token: ${REASONS[name] ?? "malformed, or its signature does not fit"}`);
}

const REASONS: Record<string, string> = {
  JwtTokenExpired: "expired",
  JwtTokenNotBefore: "not valid yet",
  JwtTokenIssuer: "wrong issuer",
  JwtTokenAudience: "wrong audience",
  JwtPayloadRequiresAud: "no audience",
  JwtAlgorithmMismatch: "wrong algorithm",
  JwtHeaderInvalid: "header not accepted",
};

function principalOf(claims: Record<string, unknown>, requireExp: boolean, claim: string): Principal {
  for (const name of ["exp", "nbf", "iat"] as const)
    if (claims[name] !== undefined && !Number.isFinite(claims[name]))
      throw new TokenError(`Invalid token: '${name}' takes a number of seconds`);
  if (requireExp && claims.exp === undefined) throw new TokenError("Invalid token: 'exp' is missing");
  return {
    user: userOf(claims.sub),
    isAdmin: claims.admin === true,
    grants: grantsOf(claims[claim]),
    expiresAt: claims.exp === undefined ? undefined : Math.floor(Number(claims.exp) * 1000),
    claims,
  };
}

/** What a user's name is, in words. */
export const USER_RULE = `1 to ${USER_BYTES} bytes without control characters`;

/** True for what a token may name as its user. */
export function isUser(sub: unknown): sub is string {
  if (typeof sub !== "string" || sub === "" || /[\p{Cc}\p{Cs}]/u.test(sub)) return false;
  return new TextEncoder().encode(sub).length <= USER_BYTES;
}

function userOf(sub: unknown): string {
  if (isUser(sub)) return sub;
  throw new TokenError(`Invalid token: 'sub' takes ${USER_RULE}`);
}
