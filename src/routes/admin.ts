import { type Context, type Handler, Hono, type TypedResponse } from "hono";
import type { Message } from "../hub/envelope.ts";
import { type Claim, claimKey } from "../hub/idempotency.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { selectorFault } from "../protocol/topic.ts";
import { requestBody } from "./body.ts";
import { claimOrAnswer } from "./claim.ts";
import type { Config } from "./config.ts";
import { administer, type Env, readIdempotencyKey, type Step, signIn } from "./entry.ts";
import { draining, type ErrorResponse, errorResponse } from "./errors.ts";
import { listRoutes } from "./lists.ts";
import { type DirectBody, parseDirect, refusal } from "./publish-messages.ts";

/** What a direct send answers. PROTOCOL.md, Administration. */
export interface DeliveredBody {
  status: "success";
  /** How many connections it went to. */
  delivered: number;
}

/** What disconnecting answers. PROTOCOL.md, Administration. */
export interface DisconnectedBody {
  status: "success";
  /** How many connections that closed. */
  disconnected: number;
}

/** What ending a user's subscriptions answers. PROTOCOL.md, Administration. */
export interface UnsubscribedBody {
  status: "success";
  /** How many of the user's connections were subscribed. */
  unsubscribed: number;
}

type Answer<Body> = Response & TypedResponse<Body, 200, "json">;
// In each of them 500 comes of what throws.
type SendAnswer = Answer<DeliveredBody> | ErrorResponse<400 | 404 | 408 | 409 | 413 | 422 | 500 | 503>;
type DisconnectAnswer = Answer<DisconnectedBody> | ErrorResponse<404 | 500>;
type UnsubscribeAnswer = Answer<UnsubscribedBody> | ErrorResponse<400 | 500>;
type Send = Handler<Env, string, { in: { json: DirectBody } }, Promise<SendAnswer>>;

/**
 * What administrators may do and look at. PROTOCOL.md, Administration.
 * @param rate The step that counts the requests of a user, shared with other routes.
 */
export function adminRoutes(policy: SessionPolicy, limits: Config["limits"], rate: Step<429>) {
  const { hub } = policy;
  const entry = [signIn(policy), rate, administer] as const;
  const sending = [
    signIn(policy, { outcome: "none" }),
    rate,
    administer,
    readIdempotencyKey(policy),
  ] as const;
  const toUser = send(policy, limits, "user", (user, message) => hub.sendToUser(user, message));
  const toConnection = send(policy, limits, "id", (id, message) => hub.sendToConnection(id, message));
  return new Hono<Env>()
    .post("/users/:user/messages", ...sending, toUser)
    .post("/connections/:id/messages", ...sending, toConnection)
    .delete("/users/:user/connections", ...entry, async (c): Promise<DisconnectAnswer> => {
      const disconnected = await hub.disconnectUser(c.req.param("user"));
      return c.json({ status: "success", disconnected }, 200);
    })
    .delete("/connections/:id", ...entry, async (c): Promise<DisconnectAnswer> => {
      const disconnected = await hub.disconnectConnection(c.req.param("id"));
      return disconnected === 0 ? notThere(c) : c.json({ status: "success", disconnected }, 200);
    })
    .delete("/users/:user/subscriptions/:topic", ...entry, async (c): Promise<UnsubscribeAnswer> => {
      const { user, topic } = c.req.param();
      const fault = selectorFault(topic);
      if (fault) return errorResponse(c, 400, "invalid_topic", fault);
      return c.json({ status: "success", unsubscribed: await hub.unsubscribeUser(user, topic) }, 200);
    })
    .route("/", listRoutes(hub, entry));
}

/** Sends what the body holds to the connections of whom the path names by this parameter. */
function send(
  policy: SessionPolicy,
  limits: Config["limits"],
  param: "user" | "id",
  deliver: (name: string, message: Message) => Promise<number>,
): Send {
  return async (c) => {
    const body = await requestBody(c, { bytes: limits.body_bytes, clock: policy.hub.clock });
    if (body instanceof Response) return body;
    const { user } = c.get("principal");
    const message = await policy.hub.shares.of(user).take(() => parseDirect(body, limits));
    if ("status" in message) return errorResponse(c, message.status, message.code, message.message);
    const name = c.req.param(param) ?? "";
    const { topic = null, type = null, data } = message;
    const request = [param, name, topic, type, data];
    const claiming = claimKey(policy.idempotency, user, c.get("idempotencyKey"), request);
    const claim = await claimOrAnswer(c, policy, claiming);
    if (claim instanceof Response) return claim;
    return sendOnce(c, policy, claim, () => deliver(name, message));
  };
}

/** Sends, unless the same was sent before. */
async function sendOnce(
  c: Context,
  { hub }: SessionPolicy,
  claim: Claim,
  deliver: () => Promise<number>,
): Promise<SendAnswer> {
  let delivered = Number(claim.earlier ?? 0);
  try {
    if (delivered === 0) {
      // The stop may have begun while the body was coming.
      if (hub.isDraining) return draining(c);
      delivered = await deliver();
    }
  } catch (error) {
    const { status, code, message } = refusal(error);
    return errorResponse(c, status, code, message);
  } finally {
    await claim.settle(delivered === 0 ? undefined : { text: String(delivered), isDone: true });
  }
  return delivered === 0 ? notThere(c) : c.json({ status: "success", delivered }, 200);
}

function notThere(c: Context): ErrorResponse<404> {
  return errorResponse(c, 404, "not_found", "No such connection is open");
}
