import type { MiddlewareHandler } from "hono";
import type { BlankInput } from "hono/types";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { is } from "valibot";
import { bearerToken } from "../auth/find-token.ts";
import type { Principal } from "../hub/principal.ts";
import { count } from "../hub/rate-limit.ts";
import type { SessionPolicy } from "../hub/session.ts";
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

// Past this many users, those whose allowance is whole again are forgotten, once a second.
const REMEMBERED_USERS = 10_000;
const FORGET_MS = 1_000;

type Rates = Pick<Config["limits"], "messages_per_second" | "message_burst">;

/** Counts the requests of each user. Routes that are given the same step share one rate. */
export function rateLimit({ hub }: SessionPolicy, { messages_per_second, message_burst }: Rates): Step<429> {
  const wholeAt = new Map<string, number>();
  let forgottenAt = 0;
  return async (c, next) => {
    const { user } = c.get("principal");
    const now = hub.clock.now();
    const rate = { perSecond: messages_per_second, burst: message_burst };
    const counted = count(wholeAt.get(user) ?? 0, now, rate);
    wholeAt.set(user, counted.wholeAt);
    if (wholeAt.size > REMEMBERED_USERS && Math.abs(now - forgottenAt) >= FORGET_MS) {
      forgottenAt = now;
      for (const [name, time] of wholeAt) if (time <= now) wholeAt.delete(name);
    }
    if (counted.waitMs === 0) return next();
    const message = `Too many requests: ${message_burst} at once and ${messages_per_second} a second are allowed`;
    return errorResponse(c, 429, "rate_limited", message, {
      retry_after_ms: counted.waitMs,
      headers: { "Retry-After": String(Math.ceil(counted.waitMs / 1000)) },
    });
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
