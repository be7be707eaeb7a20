import { isRecord, numberOf, textOf, textsOf } from "./reading.ts";

/** What a token says of itself. The server alone knows whether that is true: this only decides what is offered. */
export interface TokenContent {
  user: string | undefined;
  isAdmin: boolean;
  /** What it may subscribe to; undefined where the server's default counts. */
  subscribe: string[] | undefined;
  /** What it may publish to; undefined as above. */
  publish: string[] | undefined;
  /** Milliseconds since 1970. */
  expiresAt: number | undefined;
}

/**
 * Reads a token without verifying it.
 * @param claim The claim that holds the grants, as the server is configured.
 * @returns undefined where it is no JSON Web Token.
 */
export function readToken(token: string, claim: string): TokenContent | undefined {
  const payload = payloadOf(token);
  if (!payload) return undefined;
  const grants = payload[claim];
  const expires = numberOf(payload.exp);
  return {
    user: textOf(payload.sub),
    isAdmin: payload.admin === true,
    ...grantsOf(grants),
    expiresAt: expires === undefined ? undefined : expires * 1000,
  };
}

function grantsOf(claim: unknown): Pick<TokenContent, "subscribe" | "publish"> {
  if (claim === undefined) return { subscribe: undefined, publish: undefined };
  if (!isRecord(claim)) return { subscribe: [], publish: [] };
  return { subscribe: textsOf(claim.subscribe), publish: textsOf(claim.publish) };
}

function payloadOf(token: string): Record<string, unknown> | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const bytes = atob((parts[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
    const payload: unknown = JSON.parse(text);
    return isRecord(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}
