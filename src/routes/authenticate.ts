import type { Context } from "hono";
import { type Principal, TokenError } from "../hub/principal.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { unauthorized } from "./errors.ts";

/** Verifies the token of a request: who it speaks for, or the 401 that says why it does not. */
export async function authenticate(
  c: Context,
  policy: SessionPolicy,
  token: string | undefined,
): Promise<Principal | Response> {
  if (token === undefined) return unauthorized(c, "Missing token", false);
  try {
    return await policy.authenticate(token);
  } catch (error) {
    if (error instanceof TokenError) return unauthorized(c, error.message, true);
    throw error;
  }
}
