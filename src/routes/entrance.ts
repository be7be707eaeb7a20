import type { Context } from "hono";
import type { TokenPlaces } from "../auth/find-token.ts";
import { type AllowedOrigins, isAllowedOrigin } from "../auth/origin.ts";
import type { Principal } from "../hub/principal.ts";
import type { SessionPolicy } from "../hub/session.ts";
import type { Admission, Place } from "./admission.ts";
import { authenticate } from "./authenticate.ts";
import { type ErrorResponse, errorResponse, RETRY_LATER } from "./errors.ts";

/** What all routes that open connections share. */
export interface Entrance {
  policy: SessionPolicy;
  allowedOrigins: AllowedOrigins;
  admission: Admission;
  tokenPlaces: TokenPlaces;
}

/** Takes a place for a connection, or answers why there is none for this request. */
export function enter(
  c: Context,
  { policy, allowedOrigins, admission }: Entrance,
): Place | ErrorResponse<403 | 503> {
  if (policy.hub.isDraining) return busy(c, "draining", "The server is stopping");
  if (!isAllowedOrigin(c.req.header("origin"), c.req.header("host"), allowedOrigins))
    return errorResponse(c, 403, "forbidden", "This origin may not connect");
  return admission.enter() ?? busy(c, "limit_reached", "This server has no connections left");
}

/** Counts a place as that of the token's user, or answers why it is not. */
export async function admit(
  c: Context,
  { policy }: Pick<Entrance, "policy">,
  place: Place,
  token: string | undefined,
): Promise<Principal | ErrorResponse<401 | 429 | 503>> {
  const principal = await authenticate(c, policy, token);
  if (principal instanceof Response) return principal;
  if (place.assign(principal.user, policy.hub.connectionsOf(principal.user))) return principal;
  return errorResponse(c, 429, "limit_reached", "This user has no connections left");
}

/** Gives a place back with the answer. */
export function leaving<R extends Response>(place: Place, response: R): R {
  place.leave();
  return response;
}

/** For who may come later. */
export function busy(c: Context, code: "draining" | "limit_reached", message: string): ErrorResponse<503> {
  return errorResponse(c, 503, code, message, { headers: RETRY_LATER });
}
