import type { Context, Handler, TypedResponse } from "hono";
import type { Published } from "../hub/options.ts";
import { claimPublishing } from "../hub/publish-claim.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { requestBody } from "./body.ts";
import { claimOrAnswer } from "./claim.ts";
import type { Config } from "./config.ts";
import { type Env, readIdempotencyKey, type Step, signIn } from "./entry.ts";
import { draining, type ErrorResponse, errorResponse, undecided } from "./errors.ts";
import { acceptMessages, grantFault, type PublishMessage, parseMessages } from "./publish-messages.ts";

// No socket of native Deno sends anything within a turn: a whole batch in one would make every reader a slow one.
const TURN_BYTES = 262_144;
// Nor is anybody else to wait for all of it.
const TURN_MS = 2;

type Limits = Config["limits"];

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
  | ErrorResponse<400 | 401 | 403 | 408 | 409 | 413 | 422 | 429 | 500 | 503>;

// 500 comes of what throws.
type Outcome = PublishedResponse | ErrorResponse<400 | 403 | 408 | 409 | 413 | 422 | 500 | 503>;
type Publish = Handler<Env, string, PublishInput, Promise<Outcome>>;

/**
 * `POST /publish`: one message or a batch. PROTOCOL.md, Publishing over HTTP.
 * @param rate The step that counts the requests of a user, shared with other routes.
 */
export function publishRoute(
  policy: SessionPolicy,
  limits: Limits,
  rate: Step<429>,
): [Step<401 | 503>, Step<429>, Step<400 | 503>, Publish] {
  return [signIn(policy, { outcome: "none" }), rate, readIdempotencyKey(policy), publish(policy, limits)];
}

function publish(policy: SessionPolicy, limits: Limits): Publish {
  return async (c) => {
    const body = await requestBody(c, { bytes: limits.body_bytes, clock: policy.hub.clock });
    if (body instanceof Response) return body;
    const { user } = c.get("principal");
    const share = policy.hub.shares.of(user);
    const batch = await parseMessages(body, limits, share);
    if ("status" in batch) return errorResponse(c, batch.status, batch.code, batch.message);
    try {
      const fault = await share.measure(() => grantFault(policy.authorize, c.get("principal"), batch));
      if (fault) return errorResponse(c, fault.status, fault.code, fault.message);
    } catch (error) {
      policy.hub.fail(error, "authorize");
      return undecided(c, { outcome: "none" });
    }
    const accepted = await acceptMessages(policy.hub, share, batch);
    if ("status" in accepted) return errorResponse(c, accepted.status, accepted.code, accepted.message);
    const { messages } = batch;
    // A retry is told by what was sent, whatever schemas make of it.
    const claiming = claimPublishing(policy.idempotency, user, c.get("idempotencyKey"), messages);
    const claim = await claimOrAnswer(c, policy, claiming);
    if (claim instanceof Response) return claim;
    const turn = Math.max(Math.floor((TURN_BYTES * messages.length) / body.length), 1);
    return claim.run((published) => publishAll(c, policy, accepted, published, turn));
  };
}

/**
 * Publishes what comes after the messages that were `published` before, and adds it to them.
 * @param turn After so many messages, or some time, the sockets have their turn.
 */
async function publishAll(
  c: Context<Env>,
  { hub }: SessionPolicy,
  messages: readonly PublishMessage[],
  published: Published[],
  turn: number,
): Promise<Outcome> {
  const { user } = c.get("principal");
  const share = hub.shares.of(user);
  let turnEndsAt = hub.clock.elapsed() + TURN_MS;
  for (const { topic, data, type } of messages.slice(published.length)) {
    if (published.length % turn === turn - 1 || hub.clock.elapsed() > turnEndsAt) {
      await new Promise<void>((resolve) => hub.clock.after(0, resolve));
      turnEndsAt = hub.clock.elapsed() + TURN_MS;
    }
    if (share.restMs > 0) await share.take(() => {});
    // The stop may have begun while the body was coming, or the grant was looked up.
    if (hub.isDraining) return draining(c, published);
    try {
      published.push(await hub.publishFor(user, topic, data, { type }));
    } catch (error) {
      hub.fail(error, "publish");
      // Whether the broker took this one cannot be known; the ones before it were taken.
      const message = `Publishing failed at message ${published.length}`;
      return errorResponse(c, 503, "unavailable", message, { outcome: "unknown", published });
    }
  }
  return c.json({ status: "success", published }, 200);
}
