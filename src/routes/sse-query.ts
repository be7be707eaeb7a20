import type { Context } from "hono";
import type { Principal } from "../hub/principal.ts";
import { refusalsOf, subscriptionLimit } from "../hub/requests.ts";
import type { SessionPolicy } from "../hub/session.ts";
import type { Selection, Since } from "../protocol/client-message.ts";
import { isPattern, selectorFault } from "../protocol/topic.ts";
import { type ErrorResponse, errorResponse, undecided } from "./errors.ts";
import { excerpt, queryOf } from "./query.ts";

/** The topics and patterns that a request names, or the answer that says what is wrong with them. */
export function readTopics(
  c: Context,
  limit: number,
  takesToken: boolean,
): readonly string[] | ErrorResponse<400> {
  const query = queryOf(c);
  const unknown = [...query.keys()].find((name) => name !== "topic" && !(takesToken && name === "token"));
  if (unknown !== undefined)
    return errorResponse(c, 400, "invalid_message", `Unknown field '${excerpt(unknown)}'`);
  const topics = [...new Set(query.getAll("topic"))];
  if (topics.length === 0) return errorResponse(c, 400, "missing_field", "'topic' is missing");
  const fault = topics.map(selectorFault).find((found) => found !== undefined);
  if (fault) return errorResponse(c, 400, "invalid_topic", fault);
  return topics.length > limit ? errorResponse(c, 400, "limit_reached", subscriptionLimit(limit)) : topics;
}

/** The answer that says to what the principal may not subscribe; undefined where it may to all. */
export async function grantFault(
  c: Context,
  policy: SessionPolicy,
  principal: Principal,
  topics: readonly string[],
): Promise<ErrorResponse<403 | 503> | undefined> {
  try {
    const selections = topics.map((topic) => ({ topic }));
    const refusals = await refusalsOf(policy, principal, selections);
    const refused = refusals.find((refusal) => refusal !== undefined);
    return refused && errorResponse(c, 403, "forbidden", refused.message);
  } catch (error) {
    policy.hub.fail(error, "authorize");
    return undecided(c);
  }
}

/** Where each of them is to go on; those that the id does not tell of are told that they cannot. */
export function selectionsSince(topics: readonly string[], since: ReadonlyMap<string, Since>): Selection[] {
  return topics.map((topic) => ({ topic, since: since.get(topic) ?? nowhere(topic) }));
}

// No history is of this epoch.
function nowhere(selector: string): Since {
  return isPattern(selector) ? { epoch: "", floor: 0, offsets: {} } : { epoch: "", offset: 0 };
}
