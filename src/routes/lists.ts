import { type Handler, Hono, type TypedResponse } from "hono";
import type { TopicHub } from "../hub/topic-hub.ts";
import type { ConnectionEntry, TopicEntry } from "../protocol/entries.ts";
import { Cursors } from "./cursor.ts";
import type { Env, Step } from "./entry.ts";
import type { ErrorResponse } from "./errors.ts";
import { NO_STORE, type PageInput, readPage } from "./paging.ts";

/** What `GET /topics` answers. PROTOCOL.md, Lists. */
export interface TopicsBody {
  status: "success";
  topics: TopicEntry[];
  /** What the next page is asked for; null at the end. */
  cursor: string | null;
}

/** What `GET /connections` answers. PROTOCOL.md, Lists. */
export interface ConnectionsBody {
  status: "success";
  connections: ConnectionEntry[];
  /** What the next page is asked for; null at the end. */
  cursor: string | null;
}

type Entry = readonly [Step<401 | 503>, Step<429>, Step<403>];
type Answer<Body> = (Response & TypedResponse<Body, 200, "json">) | ErrorResponse<400 | 500>;
type List<Body> = Handler<Env, string, PageInput, Promise<Answer<Body>>>;

/** `GET /topics` and `GET /connections`: what is there now. PROTOCOL.md, Lists. */
export function listRoutes(hub: TopicHub, entry: Entry) {
  const cursors = new Cursors();
  const topics: List<TopicsBody> = async (c) => {
    const page = await readPage(c, cursors, "topics", (query) => hub.listTopics(query));
    if (page instanceof Response) return page;
    return c.json({ status: "success", topics: page.entries, cursor: page.cursor }, 200, NO_STORE);
  };
  const connections: List<ConnectionsBody> = async (c) => {
    const page = await readPage(c, cursors, "connections", (query) => hub.listConnections(query));
    if (page instanceof Response) return page;
    return c.json({ status: "success", connections: page.entries, cursor: page.cursor }, 200, NO_STORE);
  };
  return new Hono<Env>().get("/topics", ...entry, topics).get("/connections", ...entry, connections);
}
