import { type Handler, Hono, type TypedResponse } from "hono";
import type { HistoryQuery } from "../hub/broker.ts";
import { type HistoryFields, historyFields, noHistory } from "../hub/history-fields.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { HISTORY_ENTRIES } from "../protocol/client-message.ts";
import type { Env, Step } from "./entry.ts";
import { type ErrorResponse, errorResponse } from "./errors.ts";
import { NO_STORE } from "./paging.ts";
import { excerpt, readQuery } from "./query.ts";
import { topicAccess, topicOf } from "./topic-access.ts";

/** What `GET /topics/{topic}/history` answers. PROTOCOL.md, History. */
export interface HistoryBody extends HistoryFields {
  status: "success";
  topic: string;
}

type Input = { in: { query: { limit?: string; since?: string } } };
// 500 comes of what throws.
type Answer = (Response & TypedResponse<HistoryBody, 200, "json">) | ErrorResponse<400 | 404 | 500>;
type HistoryHandler = Handler<Env, string, Input, Promise<Answer>>;

/**
 * `GET /topics/{topic}/history`: what is kept of a topic, for who may subscribe to it. PROTOCOL.md, History.
 * @param rate The step that counts the requests of a user, shared with other routes.
 */
export function historyRoute(policy: SessionPolicy, rate: Step<429>) {
  return new Hono<Env>().get("/topics/:topic/history", ...topicAccess(policy, rate), history(policy));
}

function history({ hub }: SessionPolicy): HistoryHandler {
  return async (c) => {
    const fields = readQuery(c, ["limit", "since"]);
    if (fields instanceof Response) return fields;
    const query = historyQuery(fields);
    if (typeof query === "string") return errorResponse(c, 400, "invalid_message", query);
    const topic = topicOf(c);
    const found = await hub.history(topic, query);
    if (!found) return errorResponse(c, 404, "not_found", noHistory(topic));
    const body = historyFields(found, query.since !== undefined);
    return c.json({ status: "success", topic, ...body }, 200, NO_STORE);
  };
}

/** What the query asks for, or what is wrong with it. */
function historyQuery({ limit, since }: { limit?: string; since?: string }): HistoryQuery | string {
  if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && Number(limit) <= HISTORY_ENTRIES))
    return `'limit' takes a whole number from 0 to ${HISTORY_ENTRIES}, got '${excerpt(limit)}'`;
  const [, epoch, offset] = /^([^:]+):(\d{1,16})$/.exec(since ?? "") ?? [];
  const isPosition = epoch !== undefined && Number.isSafeInteger(Number(offset));
  if (since !== undefined && !isPosition) return `'since' takes EPOCH:OFFSET, got '${excerpt(since)}'`;
  return {
    limit: limit === undefined ? undefined : Number(limit),
    since: isPosition ? { epoch, offset: Number(offset) } : undefined,
  };
}
