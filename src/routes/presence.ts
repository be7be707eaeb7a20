import { type Handler, Hono, type TypedResponse } from "hono";
import type { SessionPolicy } from "../hub/session.ts";
import type { UserEntry } from "../protocol/entries.ts";
import { topicFault } from "../protocol/topic.ts";
import { Cursors } from "./cursor.ts";
import { type Env, type Step, signIn } from "./entry.ts";
import { type ErrorResponse, errorResponse, undecided } from "./errors.ts";
import { NO_STORE, type PageInput, readPage } from "./paging.ts";

/** What `GET /topics/{topic}/presence` answers. PROTOCOL.md, Presence. */
export interface PresenceBody {
  status: "success";
  topic: string;
  users: UserEntry[];
  /** What the next page is asked for; null at the end. */
  cursor: string | null;
}

type Answer =
  | (Response & TypedResponse<PresenceBody, 200, "json">)
  // 500 comes of what throws.
  | ErrorResponse<400 | 403 | 500 | 503>;
type Presence = Handler<Env, string, PageInput, Promise<Answer>>;

/**
 * `GET /topics/{topic}/presence`: who is subscribed to a topic, for who may subscribe to it. PROTOCOL.md, Presence.
 * @param rate The step that counts the requests of a user, shared with other routes.
 */
export function presenceRoute(policy: SessionPolicy, rate: Step<429>) {
  return new Hono<Env>().get("/topics/:topic/presence", signIn(policy), rate, presence(policy));
}

function presence({ hub, authorize }: SessionPolicy): Presence {
  const cursors = new Cursors();
  return async (c) => {
    const topic = c.req.param("topic") ?? "";
    const fault = topicFault(topic);
    if (fault) return errorResponse(c, 400, "invalid_topic", fault);
    try {
      if (!(await authorize(c.get("principal"), "subscribe", topic)))
        return errorResponse(c, 403, "forbidden", `No grant to subscribe to topic '${topic}'`);
    } catch (error) {
      hub.fail(error, "authorize");
      return undecided(c);
    }
    const page = await readPage(c, cursors, `presence of ${topic}`, (query) => hub.presence(topic, query));
    if (page instanceof Response) return page;
    const { entries: users, cursor } = page;
    return c.json({ status: "success", topic, users, cursor }, 200, NO_STORE);
  };
}
