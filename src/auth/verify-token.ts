import { decode, verify, verifyWithJwks } from "hono/jwt";
import { type Principal, TokenError } from "../hub/principal.ts";
import {
  type Algorithm,
  isSecretAlgorithm,
  keyTypeOf,
  PUBLIC_KEY_ALGORITHMS,
  type PublicKeyAlgorithm,
} from "./algorithms.ts";
import { grantsOf } from "./grants.ts";
import type { ProviderKey, ProviderKeys } from "./provider-keys.ts";

/** What tokens are verified with. */
export interface VerifyOptions {
  /** The key of tokens signed with a shared secret. */
  secret?: string | undefined;
  /** Where the keys of an identity provider's tokens are. */
  keys?: Pick<ProviderKeys, "find"> | undefined;
  /** The only algorithm accepted: unless given, HS256 for a secret and any that a provider's key is for. */
  alg?: Algorithm | undefined;
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

// The compact form (RFC 7515, section 7.1) in the one way in which base64url writes it (RFC 4648, sections 3.5 and 5):
// decoders take padding, white space and other last characters as well, and so one token in many spellings.
const PART = "(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?";
const FORM = new RegExp(`^${PART}\\.${PART}\\.${PART}$`);
const MALFORMED = "malformed, or its signature does not fit";

/**
 * Makes what verifies a token (RFC 7519) and reads who it speaks for. PROTOCOL.md, Tokens.
 * @returns A function that rejects with a `TokenError` for every token that is not good, and with
 *   `AuthenticationUnavailable` where its key can't be had.
 */
export function tokenVerifier(options: VerifyOptions): (token: string) => Promise<Principal> {
  const { requireExp = true, claim = "topics" } = options;
  return async (token) => {
    // Every character of a good token is one byte.
    if (token === "") throw new TokenError("Missing token");
    if (token.length > TOKEN_BYTES) throw new TokenError(`Invalid token: longer than ${TOKEN_BYTES} bytes`);
    if (!FORM.test(token)) throw new TokenError(`Invalid token: ${MALFORMED}`);
    return principalOf(await claimsOf(token, options), requireExp, claim);
  };
}

async function claimsOf(token: string, options: VerifyOptions): Promise<Record<string, unknown>> {
  const { secret = "", issuer, audience } = options;
  const { alg: named, kid, typ } = headerOf(token);
  const alg = acceptedAlgorithms(options).find((name) => name === named);
  if (!alg) throw new TokenError("Invalid token: wrong algorithm");
  const demands = {
    // hono refuses an `iat` of a clock that is ahead by a second: RFC 7519 does not ask for that.
    iat: false,
    ...(issuer && { iss: issuer }),
    ...(audience && { aud: audience }),
    // Access tokens may say what they are. RFC 9068, section 2.1.
    ...(typ !== undefined && { typ: ["JWT", "at+jwt"] }),
  };
  if (isSecretAlgorithm(alg)) return verify(token, secret, { ...demands, alg }).catch(explain);
  const keys = [await keyOf(kid, alg, options.keys)];
  return verifyWithJwks(token, { keys, verification: demands, allowedAlgorithms: [alg] }).catch(explain);
}

function acceptedAlgorithms({ alg, secret, keys }: VerifyOptions): readonly Algorithm[] {
  if (alg) return [alg];
  return [...(secret === undefined ? [] : ["HS256" as const]), ...(keys ? PUBLIC_KEY_ALGORITHMS : [])];
}

/** What of a token's header is looked at here; hono checks the rest. */
function headerOf(token: string): { alg: unknown; kid: unknown; typ: unknown } {
  try {
    const { alg, kid, typ } = decode(token).header;
    return { alg, kid, typ };
  } catch {
    throw new TokenError(`Invalid token: ${MALFORMED}`);
  }
}

async function keyOf(
  kid: unknown,
  alg: PublicKeyAlgorithm,
  keys: VerifyOptions["keys"],
): Promise<ProviderKey> {
  if (typeof kid !== "string" || kid === "") throw new TokenError("Invalid token: 'kid' is missing");
  const key = await keys?.find(kid, keyTypeOf(alg));
  if (!key) throw new TokenError("Invalid token: its key is not one of the provider's");
  return key;
}

// hono's messages quote the token, its names do not.
function explain(error: unknown): never {
  const name = error instanceof Error ? error.name : "";
  throw new TokenError(`Invalid token: ${REASONS[name] ?? MALFORMED}`);
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
    // Not what every object has by a name such as `constructor`.
    grants: grantsOf(Object.hasOwn(claims, claim) ? claims[claim] : undefined),
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
