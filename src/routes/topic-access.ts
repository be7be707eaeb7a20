import type { Context } from "hono";
import type { SessionPolicy } from "../hub/session.ts";
import { topicFault } from "../protocol/topic.ts";
import { type Env, type Step, signIn } from "./entry.ts";
import { type ErrorResponse, errorResponse, undecided } from "./errors.ts";

/**
 * What stands before a route of one topic, `/topics/:topic/…`: signing in, the rate, and the grant to subscribe to it.
 * @param rate The step that counts the requests of a user, shared with other routes.
 */
export function topicAccess(
  policy: SessionPolicy,
  rate: Step<429>,
): [Step<401 | 503>, Step<429>, Step<400 | 403 | 503>] {
  const grant: Step<400 | 403 | 503> = async (c, next) =>
    (await accessFault(c, policy, c.get("principal"))) ?? next();
  return [signIn(policy), rate, grant];
}

async function accessFault(
  c: Context<Env>,
  { hub, authorize }: SessionPolicy,
  principal: Env["Variables"]["principal"],
): Promise<ErrorResponse<400 | 403 | 503> | undefined> {
  const topic = topicOf(c);
  const fault = topicFault(topic);
  if (fault) return errorResponse(c, 400, "invalid_topic", fault);
  try {
    if (await authorize(principal, "subscribe", topic)) return undefined;
  } catch (error) {
    hub.fail(error, "authorize");
    return undecided(c);
  }
  return errorResponse(c, 403, "forbidden", `No grant to subscribe to topic '${topic}'`);
}

/** The topic that the path names. */
export function topicOf(c: Context): string {
  return c.req.param("topic") ?? "";
}
