import type { MiddlewareHandler } from "hono";
import type { BlankInput } from "hono/types";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { is } from "valibot";
import { bearerToken } from "../auth/find-token.ts";
import type { Principal } from "../hub/principal.ts";
import { count } from "../hub/rate-limit.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { UserTable } from "../hub/user-table.ts";
import { IdempotencyKey } from "../protocol/client-message.ts";
import { authenticate } from "./authenticate.ts";
import type { Config } from "./config.ts";
import { draining, type ErrorBody, type ErrorResponse, errorResponse } from "./errors.ts";

/** What a route finds once its caller has signed in and, where it sends something, `readIdempotencyKey` has passed it. */
export type Env = { Variables: { principal: Principal; idempotencyKey?: string | undefined } };

/** Goes on, or answers with one of these statuses. */
export type Step<Status extends ContentfulStatusCode> = MiddlewareHandler<
  Env,
  string,
  BlankInput,
  ErrorResponse<Status>
>;

/** Signs in who calls; only the header `Authorization` counts. */
export function signIn(policy: SessionPolicy, rest?: Pick<ErrorBody, "outcome">): Step<401 | 503> {
  return async (c, next) => {
    const principal = await authenticate(c, policy, bearerToken(c.req), rest);
    if (principal instanceof Response) return principal;
    c.set("principal", principal);
    return next();
  };
}

/** What is known of a user's requests. */
interface Caller {
  /** As `count` has it. */
  wholeAt: number;
  underWay: number;
}

type Rates = Pick<Config["limits"], "messages_per_second" | "message_burst">;

/**
 * Counts the requests of each user, those under way as well, and gives them their share of the time. Routes that are
 * given the same step share one rate.
 */
export function rateLimit(
  { hub }: Pick<SessionPolicy, "hub">,
  { messages_per_second, message_burst }: Rates,
): Step<429> {
  const rate = { perSecond: messages_per_second, burst: message_burst };
  const message = `Too many requests: ${message_burst} at once and ${messages_per_second} a second are allowed`;
  const callers = new UserTable<Caller>(
    hub.clock,
    () => ({ wholeAt: 0, underWay: 0 }),
    ({ wholeAt, underWay }) => underWay === 0 && wholeAt <= hub.clock.elapsed(),
  );
  return async (c, next) => {
    const { user } = c.get("principal");
    const caller = callers.of(user);
    const { wholeAt, waitMs } = count(caller.wholeAt, hub.clock.elapsed(), rate);
    caller.wholeAt = wholeAt;
    // Bodies that are sent slowly, or wait their turn, are held in memory.
    const retryMs = caller.underWay < message_burst ? waitMs : Math.max(waitMs, 1000);
    if (retryMs > 0)
      return errorResponse(c, 429, "rate_limited", message, {
        retry_after_ms: retryMs,
        headers: { "Retry-After": String(Math.ceil(retryMs / 1000)) },
      });
    caller.underWay++;
    try {
      // What comes after a body has come is counted where it is done.
      return await hub.shares.of(user).take(next);
    } finally {
      caller.underWay--;
    }
  };
}

/** Lets administrators pass. */
export const administer: Step<403> = async (c, next) =>
  c.get("principal").isAdmin
    ? next()
    : errorResponse(c, 403, "forbidden", 'This takes a token with "admin": true');

/**
 * Lets what sends something pass while the server is not stopping. With an idempotency key it passes even so: it may
 * have been answered before, which its route finds out.
 */
export function readIdempotencyKey({ hub }: SessionPolicy): Step<400 | 503> {
  return async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (key !== undefined && !is(IdempotencyKey, key))
      return errorResponse(c, 400, "invalid_message", "'Idempotency-Key' takes 1 to 128 characters");
    if (key === undefined && hub.isDraining) return draining(c);
    c.set("idempotencyKey", key);
    return next();
  };
}
