import type { Context, Handler, MiddlewareHandler, TypedResponse } from "hono";
import type { BlankInput } from "hono/types";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { bearerToken } from "../auth/find-token.ts";
import type { Published } from "../hub/options.ts";
import type { Principal } from "../hub/principal.ts";
import { count } from "../hub/rate-limit.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { authenticate } from "./authenticate.ts";
import { readBody } from "./body.ts";
import type { Config } from "./config.ts";
import { type ErrorResponse, errorResponse, notOffered, RETRY_LATER } from "./errors.ts";
import { grantFault, type PublishMessage, parseMessages } from "./publish-messages.ts";

type Limits = Config["limits"];
type Env = { Variables: { principal: Principal } };

/** What `POST /publish` takes: one message or a batch. PROTOCOL.md, Publishing over HTTP. */
export type PublishBody = PublishMessage | { messages: PublishMessage[] };

/** What it answers once everything was published: one entry a message, in order. */
export interface PublishedBody {
  status: "success";
  published: Published[];
}

/** How a typed client calls it. */
export type PublishInput = { in: { json: PublishBody } };

type PublishedResponse = Response & TypedResponse<PublishedBody, 200, "json">;
/** What a typed client may get of all the steps. */
export type PublishResponse =
  | PublishedResponse
  | ErrorResponse<400 | 401 | 403 | 413 | 429 | 500 | 501 | 503>;

/** Goes on, or answers with one of these statuses. */
type Step<Status extends ContentfulStatusCode> = MiddlewareHandler<
  Env,
  string,
  BlankInput,
  ErrorResponse<Status>
>;
// 500 comes of what throws.
type Outcome = PublishedResponse | ErrorResponse<400 | 403 | 413 | 500 | 503>;
type Publish = Handler<Env, string, PublishInput, Promise<Outcome>>;

/** `POST /publish`: one message or a batch. PROTOCOL.md, Publishing over HTTP. */
export function publishRoute(
  policy: SessionPolicy,
  limits: Limits,
): [Step<401 | 503>, Step<429>, Step<501 | 503>, Publish] {
  return [signIn(policy), rateLimit(policy, limits), whileOffered(policy), publish(policy, limits)];
}

function signIn(policy: SessionPolicy): Step<401 | 503> {
  return async (c, next) => {
    const principal = await authenticate(c, policy, bearerToken(c.req), { outcome: "none" });
    if (principal instanceof Response) return principal;
    c.set("principal", principal);
    return next();
  };
}

// Past this many users, those whose allowance is whole again are forgotten, once a second.
const REMEMBERED_USERS = 10_000;
const FORGET_MS = 1_000;

function rateLimit({ hub }: SessionPolicy, { messages_per_second, message_burst }: Limits): Step<429> {
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

function whileOffered({ hub }: SessionPolicy): Step<501 | 503> {
  return async (c, next) => {
    if (hub.isDraining) return draining(c, []);
    // Answering as if a retry were safe would be worse than saying that it is not.
    if (c.req.header("idempotency-key") !== undefined) return notOffered(c, "The header Idempotency-Key");
    return next();
  };
}

function publish(policy: SessionPolicy, limits: Limits): Publish {
  return async (c) => {
    const body = await readBody(c.req.raw, limits.body_bytes);
    if (body === "broken off")
      return errorResponse(c, 400, "invalid_json", "Message is not valid JSON: the body broke off");
    if (body === "too large")
      return errorResponse(c, 413, "too_large", `A body has at most ${limits.body_bytes} bytes`);
    const batch = parseMessages(body, limits);
    if ("status" in batch) return errorResponse(c, batch.status, batch.code, batch.message);
    try {
      const fault = await grantFault(policy.authorize, c.get("principal"), batch);
      if (fault) return errorResponse(c, fault.status, fault.code, fault.message);
    } catch (error) {
      policy.hub.fail(error, "authorize");
      const message = "Whether this is granted could not be told, try again";
      return errorResponse(c, 503, "unavailable", message, { outcome: "none" });
    }
    return publishAll(c, policy, batch.messages);
  };
}

function draining(c: Context, published: Published[]): ErrorResponse<503> {
  const rest = published.length > 0 ? { outcome: "unknown", published } : { outcome: "none" };
  return errorResponse(c, 503, "draining", "The server is stopping", { ...rest, headers: RETRY_LATER });
}

async function publishAll(c: Context, { hub }: SessionPolicy, messages: PublishMessage[]): Promise<Outcome> {
  const published: Published[] = [];
  for (const { topic, data, type } of messages) {
    // The stop may have begun while the body was coming, or the grant was looked up.
    if (hub.isDraining) return draining(c, published);
    try {
      published.push(await hub.publish(topic, data, { type }));
    } catch (error) {
      hub.fail(error, "publish");
      // Whether the broker took this one cannot be known; the ones before it were taken.
      const message = `Publishing failed at message ${published.length}`;
      return errorResponse(c, 503, "unavailable", message, { outcome: "unknown", published });
    }
  }
  return c.json({ status: "success", published }, 200);
}
