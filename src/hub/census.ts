import type { ConnectionEntry, TopicEntry, UserEntry } from "../protocol/entries.ts";
import type { Connection } from "./connection.ts";
import { type Page, type PageQuery, page } from "./page.ts";
import type { Roster } from "./roster.ts";
import type { SubscriptionIndex } from "./subscription-index.ts";

/** Tells what is there now, a page at a time. */
export class Census {
  readonly #roster: Roster;
  readonly #subscribed: SubscriptionIndex<Connection>;

  constructor(roster: Roster, subscribed: SubscriptionIndex<Connection>) {
    this.#roster = roster;
    this.#subscribed = subscribed;
  }

  topics(query: PageQuery): Page<TopicEntry> {
    return page(this.#subscribed, query, ({ size }, topic) => ({ topic, subscribers: size }));
  }

  connections(query: PageQuery): Page<ConnectionEntry> {
    return page(this.#roster, query, ({ id, user, subscriptions, connectedAt, outbox }) => ({
      connection: id,
      user,
      topics: [...subscriptions],
      connected_at: connectedAt,
      unsent_bytes: outbox.unsentBytes(),
    }));
  }

  presence(topic: string, query: PageQuery): Page<UserEntry> {
    const users = new Map<string, number>();
    // One connection may be subscribed by the topic's name and by patterns.
    const connections = new Set(this.#subscribed.matching(topic).flatMap((set) => [...set]));
    for (const { user } of connections) users.set(user, (users.get(user) ?? 0) + 1);
    return page(users, query, (connections, user) => ({ user, connections }));
  }
}
