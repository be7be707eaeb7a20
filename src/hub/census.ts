import type { ConnectionEntry, TopicEntry, UserEntry } from "../protocol/entries.ts";
import type { Connection } from "./connection.ts";
import { type Page, type PageQuery, page } from "./page.ts";
import type { Roster } from "./roster.ts";
import type { SubscriptionIndex } from "./subscription-index.ts";

type Locate = (selectors: readonly string[]) => Promise<ReadonlyMap<string, number>>;

/** Tells what is there now, a page at a time. */
export class Census {
  readonly #roster: Roster;
  readonly #subscribed: SubscriptionIndex<Connection>;

  constructor(roster: Roster, subscribed: SubscriptionIndex<Connection>) {
    this.#roster = roster;
    this.#subscribed = subscribed;
  }

  /** @param locate Gives the offsets of those that keep a history. */
  async topics(query: PageQuery, locate: Locate): Promise<Page<TopicEntry>> {
    const { entries, next } = page(
      this.#subscribed,
      query,
      ({ size }, topic): TopicEntry => ({
        topic,
        subscribers: size,
      }),
    );
    const offsets = await locate(entries.map(({ topic }) => topic));
    for (const entry of entries) {
      const offset = offsets.get(entry.topic);
      if (offset !== undefined) entry.offset = offset;
    }
    return { entries, next };
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
