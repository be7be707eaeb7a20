import type { Context } from "hono";
import { AuthenticationUnavailable, type Principal, TokenError } from "../hub/principal.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { type ErrorBody, type ErrorResponse, errorResponse, RETRY_LATER, unauthorized } from "./errors.ts";

/**
 * Verifies the token of a request: who it speaks for, or the answer that says why that cannot be told.
 * @param rest What the answer says besides, where trying again may help.
 */
export async function authenticate(
  c: Context,
  policy: SessionPolicy,
  token: string | undefined,
  rest: Pick<ErrorBody, "outcome"> = {},
): Promise<Principal | ErrorResponse<401 | 503>> {
  if (token === undefined) return unauthorized(c, "Missing token", false);
  try {
    return await policy.authenticate(token);
  } catch (error) {
    if (error instanceof TokenError) return unauthorized(c, error.message, true);
    if (error instanceof AuthenticationUnavailable)
      return errorResponse(c, 503, "unavailable", error.message, { ...rest, headers: RETRY_LATER });
    throw error;
  }
}
