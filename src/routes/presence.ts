import { type Handler, Hono, type TypedResponse } from "hono";
import type { SessionPolicy } from "../hub/session.ts";
import type { UserEntry } from "../protocol/entries.ts";
import { Cursors } from "./cursor.ts";
import type { Env, Step } from "./entry.ts";
import type { ErrorResponse } from "./errors.ts";
import { NO_STORE, type PageInput, readPage } from "./paging.ts";
import { topicAccess, topicOf } from "./topic-access.ts";

/** What `GET /topics/{topic}/presence` answers. PROTOCOL.md, Presence. */
export interface PresenceBody {
  status: "success";
  topic: string;
  users: UserEntry[];
  /** What the next page is asked for; null at the end. */
  cursor: string | null;
}

// 500 comes of what throws.
type Answer = (Response & TypedResponse<PresenceBody, 200, "json">) | ErrorResponse<400 | 500>;
type Presence = Handler<Env, string, PageInput, Promise<Answer>>;

/**
 * `GET /topics/{topic}/presence`: who is subscribed to a topic, for who may subscribe to it. PROTOCOL.md, Presence.
 * @param rate The step that counts the requests of a user, shared with other routes.
 */
export function presenceRoute(policy: SessionPolicy, rate: Step<429>) {
  return new Hono<Env>().get("/topics/:topic/presence", ...topicAccess(policy, rate), presence(policy));
}

function presence({ hub }: SessionPolicy): Presence {
  const cursors = new Cursors();
  return async (c) => {
    const topic = topicOf(c);
    const page = await readPage(c, cursors, `presence of ${topic}`, (query) => hub.presence(topic, query));
    if (page instanceof Response) return page;
    const { entries: users, cursor } = page;
    return c.json({ status: "success", topic, users, cursor }, 200, NO_STORE);
  };
}
