import type { Context } from "hono";
import type { Refusal } from "../hub/idempotency.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { conflict, type ErrorResponse, errorResponse, RETRY_LATER } from "./errors.ts";

/** The claim on a request's idempotency key, or the answer that says why it is not to be had; nothing was sent then. */
export async function claimOrAnswer<Claimed extends object>(
  c: Context,
  { hub }: Pick<SessionPolicy, "hub">,
  claiming: Promise<Claimed | Refusal>,
): Promise<Claimed | ErrorResponse<409 | 422 | 503>> {
  try {
    const claim = await claiming;
    return typeof claim === "string" ? conflict(c, claim) : claim;
  } catch (error) {
    hub.fail(error, "idempotency");
    const message = "Whether this was sent before could not be told, try again";
    return errorResponse(c, 503, "unavailable", message, { outcome: "none", headers: RETRY_LATER });
  }
}
