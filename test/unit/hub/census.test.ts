import { describe, expect, test } from "bun:test";
import type { Connection } from "../../../src/hub/connection.ts";
import type { Page, PageQuery } from "../../../src/hub/page.ts";
import type { TopicHub } from "../../../src/hub/topic-hub.ts";
import { matches } from "../../../src/protocol/topic.ts";
import { Random } from "../../support/random.ts";
import { connect, newHub } from "./setup.ts";

/** Every entry of a list, page by page, with what happens between two pages. */
async function all<Entry>(
  read: (query: PageQuery) => Promise<Page<Entry>>,
  limit: number,
  between = async () => {},
): Promise<Entry[]> {
  const found: Entry[] = [];
  let after: string | undefined;
  do {
    const { entries, next } = await read({ after, limit });
    found.push(...entries);
    after = next;
    await between();
  } while (after !== undefined);
  return found;
}

const SELECTORS = ["a", "a*", "ab", "abc", "ab*", "*", "b"];
const USERS = ["alex", "kim", "auth0|1", "é"];

/** Connects, subscribes, unsubscribes or disconnects somebody. */
async function change(hub: TopicHub, random: Random): Promise<void> {
  const connections = hub.connections();
  const kind = random.below(5);
  if (kind === 0 || connections.length === 0) connect(hub, random.of(USERS));
  else if (kind === 1) hub.disconnected(random.of(connections), 1000, "");
  else if (kind === 2) hub.unsubscribe(random.of(connections), random.of(SELECTORS));
  else await hub.subscribe(random.of(connections), [random.of(SELECTORS), random.of(SELECTORS)]);
}

/** Counts by name, in the order of the names. */
function counted(names: readonly string[]): [name: string, count: number][] {
  return [...new Set(names)].sort().map((name) => [name, names.filter((other) => other === name).length]);
}

const selects = ({ subscriptions }: Connection, topic: string) =>
  [...subscriptions].some((selector) => matches(selector, topic));

describe("what is there", () => {
  test("is told as looking at every connection tells it", async () => {
    const random = new Random(11);
    const { hub } = newHub();
    for (let step = 0; step < 600; step++) {
      await change(hub, random);
      const connections = hub.connections();
      const limit = 1 + random.below(4);
      const topics = counted(connections.flatMap(({ subscriptions }) => [...subscriptions]));
      expect(await all((query) => hub.listTopics(query), limit)).toEqual(
        topics.map(([topic, subscribers]) => ({ topic, subscribers })),
      );
      for (const topic of ["a", "abc", "c"]) {
        const users = counted(connections.filter((it) => selects(it, topic)).map(({ user }) => user));
        expect(await all((query) => hub.presence(topic, query), limit)).toEqual(
          users.map(([user, connections]) => ({ user, connections })),
        );
      }
      const listed = await all((query) => hub.listConnections(query), limit);
      expect(listed.map(({ connection }) => connection)).toEqual(connections.map(({ id }) => id).sort());
    }
  });

  test("of those that come and go while it is read, none comes twice and none that stays is missed", async () => {
    const random = new Random(13);
    for (let round = 0; round < 100; round++) {
      const { hub } = newHub();
      for (let at = 0; at < 40; at++) await change(hub, random);
      const stayed = new Set(hub.connections().map(({ id }) => id));
      const listed = await all(
        (query) => hub.listConnections(query),
        1 + random.below(5),
        async () => {
          for (let at = random.below(6); at > 0; at--) await change(hub, random);
          const open = new Set(hub.connections().map(({ id }) => id));
          for (const id of stayed) if (!open.has(id)) stayed.delete(id);
        },
      );
      const ids = listed.map(({ connection }) => connection);
      expect(new Set(ids).size).toBe(ids.length);
      expect([...stayed].filter((id) => !ids.includes(id))).toEqual([]);
    }
  });

  test("of a connection is who it speaks for, since when, to what, and what it owes", async () => {
    const { hub, clock } = newHub();
    const { connection, transport } = connect(hub, "auth0|1");
    await hub.subscribe(connection, ["b", "a*"]);
    transport.unsent = 7;
    expect(await hub.listConnections()).toEqual({
      entries: [
        {
          connection: connection.id,
          user: "auth0|1",
          topics: ["b", "a*"],
          connected_at: clock.now(),
          unsent_bytes: 7,
        },
      ],
      next: undefined,
    });
  });

  test("counts no listener of this process", async () => {
    const { hub } = newHub();
    hub.listen("a", () => {});
    expect((await hub.listTopics()).entries).toEqual([]);
    expect((await hub.presence("a")).entries).toEqual([]);
  });

  test("a connection that has closed is nowhere any more, before its hook is told", async () => {
    const present: Promise<Page<unknown>>[] = [];
    const { hub } = newHub({ onDisconnect: () => void present.push(hub.presence("a"), hub.listTopics()) });
    const { connection } = connect(hub);
    await hub.subscribe(connection, "a");
    hub.disconnected(connection, 1006, "");
    expect((await Promise.all(present)).map(({ entries }) => entries)).toEqual([[], []]);
  });

  test("of a pattern is a TypeError: presence is of a topic", async () => {
    const { hub } = newHub();
    await expect(hub.presence("a*")).rejects.toThrow(TypeError);
    await expect(hub.presence("a", { limit: 0 })).rejects.toThrow(RangeError);
  });
});
