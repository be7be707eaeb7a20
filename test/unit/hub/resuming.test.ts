import { describe, expect, test } from "bun:test";
import type { TopicRuleInput } from "../../../src/hub/topic-rules.ts";
import type { TestMessage } from "../../../src/testing/message.ts";
import { openSession, type SessionOptions } from "./session-setup.ts";

const TOPICS: TopicRuleInput[] = [
  { match: "plain:kept", history: { size: 3, ttl_s: 60 } },
  { match: "plain:*" },
  { match: "value:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
  { match: "*", history: { size: 3, ttl_s: 60 } },
];

function open(options: SessionOptions["hub"] = {}, limits: SessionOptions["limits"] = {}) {
  const opened = openSession({ hub: { topics: TOPICS, ...options }, limits });
  const { hub, ask, rest } = opened;
  const publish = async (topic: string, ...data: unknown[]) => {
    for (const each of data) await hub.publish(topic, each);
  };
  const subscribe = (topic: string, since?: unknown) => ask({ action: "subscribe", topic, since });
  /** What came since the last reply, as `topic#offset=data`. */
  const told = async () => (await rest()).map(inShort);
  return { ...opened, publish, subscribe, told };
}

function inShort({ type, topic, offset, data, code }: TestMessage): string {
  if (type === "unsubscribed") return `${topic} ended: ${code}`;
  return `${topic}${offset === undefined ? "" : `#${offset}`}=${JSON.stringify(data)}`;
}

const positionOf = ({ epoch, offset }: TestMessage) => ({ epoch, offset });
const patternOf = ({ epoch, floor, offsets }: TestMessage) => ({ epoch, floor, offsets });

describe("the reply to subscribe", () => {
  test("says where a topic with history stands, also one that nothing was published to", async () => {
    const { subscribe, publish } = open();
    const { epoch } = await subscribe("a");
    expect(epoch).toMatch(/^\w+$/);
    expect(await subscribe("a")).toEqual({
      status: "success",
      message: "Subscribed to topic 'a'",
      action: "subscribe",
      topic: "a",
      epoch,
      offset: 0,
    });
    await publish("b", 1, 2);
    expect(await subscribe("b")).toMatchObject({ epoch, offset: 2 });
  });

  test("says nothing of positions where there is no history", async () => {
    const { subscribe } = open();
    const plain = { status: "success", message: "Subscribed to topic 'plain:a'", action: "subscribe" };
    expect(await subscribe("plain:a")).toEqual({ ...plain, topic: "plain:a" });
  });

  test("to a pattern says where each topic stands that is kept, and whether there are others", async () => {
    const { subscribe, publish } = open();
    await publish("a:1", 1);
    await publish("a:2", 1, 2);
    await publish("plain:kept", 1);
    await publish("plain:other", 1);
    expect(await subscribe("a:*")).toMatchObject({ floor: 0, offsets: { "a:1": 1, "a:2": 2 } });
    const { partial, offset, ...rest } = await subscribe("plain:*");
    expect([partial, offset]).toEqual([true, undefined]);
    expect(rest).toMatchObject({ floor: 0, offsets: { "plain:kept": 1 } });
    expect(await subscribe("*")).toMatchObject({ partial: true });
    expect(await subscribe("nobody:*")).not.toHaveProperty("partial");
    expect(await subscribe("plain:other*")).not.toHaveProperty("epoch");
  });

  test("to a pattern of too many topics, or of names too long, says that it cannot be resumed", async () => {
    const { subscribe, publish } = open();
    for (let at = 0; at <= 1000; at++) await publish(`many:${at}`, 1);
    for (let at = 0; at < 140; at++) await publish(`long:${at}${"x".repeat(240)}`, 1);
    for (const pattern of ["many:*", "long:*"]) {
      const reply = await subscribe(pattern, { epoch: "e", floor: 0, offsets: {} });
      expect(reply).toMatchObject({ status: "success", resumable: false, recovered: false });
      expect(reply).not.toHaveProperty("offsets");
    }
    expect(Object.keys((await subscribe("many:1*")).offsets as object).length).toBe(112);
  });

  test("to a list keeps the positions of all its patterns together within 32 KiB", async () => {
    const { ask, publish } = open();
    for (let at = 0; at < 90; at++) await publish(`long:${at}${"x".repeat(240)}`, 1);
    const { topics } = await ask({ action: "subscribe", topics: ["long:*", "lon*"] });
    expect(topics).toMatchObject([{ floor: 0 }, { resumable: false }]);
  });

  test("counts them in bytes, whatever the names are made of", async () => {
    const { ask, publish } = open();
    // Each position takes some 250 bytes, and a third as many characters.
    for (let at = 0; at < 80; at++) await publish(`長:${at}${"長".repeat(80)}`, 1);
    const { topics } = await ask({ action: "subscribe", topics: ["長:*", "長*"] });
    expect(topics).toMatchObject([{ floor: 0 }, { resumable: false }]);
  });

  test("names a topic that objects have a field for", async () => {
    const { subscribe, publish, told } = open();
    for (const topic of ["__proto__", "constructor"]) await publish(topic, 1);
    const reply = await subscribe("*");
    expect(JSON.stringify(reply.offsets)).toBe('{"__proto__":1,"constructor":1}');
    await publish("__proto__", 2);
    await publish("constructor", 2);
    expect(await told()).toEqual(["__proto__#2=2", "constructor#2=2"]);
    const since = JSON.parse(JSON.stringify(patternOf(reply)));
    expect(await subscribe("*", since)).toMatchObject({ recovered: true });
    expect(await told()).toEqual(["__proto__#2=2", "constructor#2=2"]);
  });
});

describe("resuming a topic", () => {
  test("sends exactly what was missed, oldest first and before anything new", async () => {
    const { subscribe, publish, told, hub, session } = open();
    const before = positionOf(await subscribe("a"));
    hub.unsubscribe(session.connection, "a");
    await publish("a", "x", "y", "z");
    expect(await subscribe("a", before)).toMatchObject({ recovered: true, offset: 3 });
    await publish("a", "new");
    expect(await told()).toEqual(['a#1="x"', 'a#2="y"', 'a#3="z"', 'a#4="new"']);
  });

  test("again, on the same connection, replays", async () => {
    const { subscribe, publish, told } = open();
    const before = positionOf(await subscribe("a"));
    await publish("a", 1, 2);
    expect(await told()).toEqual(["a#1=1", "a#2=2"]);
    await subscribe("a", { ...before, offset: 1 });
    expect(await told()).toEqual(["a#2=2"]);
    await subscribe("a", { ...before, offset: 2 });
    expect(await told()).toEqual([]);
  });

  test("is not recovered, and sends nothing, where something may be missing", async () => {
    const { subscribe, publish, told, clock } = open();
    const { epoch } = await subscribe("a");
    await publish("a", 1, 2, 3, 4);
    await told();
    const lost = async (since: object) => {
      expect(await subscribe("a", since)).toMatchObject({ status: "success", recovered: false, offset: 4 });
      expect(await told()).toEqual([]);
    };
    await lost({ epoch: "another", offset: 4 });
    await lost({ epoch, offset: 0 });
    await lost({ epoch, offset: 5 });
    expect(await subscribe("a", { epoch, offset: 1 })).toMatchObject({ recovered: true });
    expect(await told()).toEqual(["a#2=2", "a#3=3", "a#4=4"]);
    clock.advance(60_000);
    await lost({ epoch, offset: 3 });
    expect(await subscribe("a", { epoch, offset: 4 })).toMatchObject({ recovered: true });
  });

  test("is not recovered where there is no history", async () => {
    const { subscribe } = open();
    const since = { epoch: "e", offset: 0 };
    expect(await subscribe("plain:a", since)).toMatchObject({ status: "success", recovered: false });
  });

  test("of which the store has forgotten everything is told so, and never gets another one's offsets", async () => {
    const { subscribe, publish, told } = open({ limits: { kept_topics: 1 } });
    await publish("a", 1, 2, 3);
    const before = positionOf(await subscribe("a"));
    await publish("b", 1);
    // Nothing of `a` was missed: it stands where the floor is.
    expect(await subscribe("a", before)).toMatchObject({ recovered: true, offset: 3 });
    await publish("b", 2, 3, 4, 5);
    await publish("c", 1);
    await publish("a", 4);
    expect(await told()).toEqual(["a#6=4"]);
    expect(await subscribe("a", before)).toMatchObject({ recovered: false, offset: 6 });
  });
});

describe("resuming a pattern", () => {
  test("sends what was missed of all its topics, new ones too, in the order of publishing", async () => {
    const { subscribe, publish, told, hub, session } = open();
    await publish("a:1", "old");
    const before = patternOf(await subscribe("a:*"));
    hub.unsubscribe(session.connection, "a:*");
    await publish("a:2", 1);
    await publish("a:1", 2);
    await publish("a:3", 3);
    await publish("a:2", 4);
    await publish("b", 5);
    const reply = await subscribe("a:*", before);
    expect(reply).toMatchObject({ recovered: true, offsets: { "a:1": 2, "a:2": 2, "a:3": 1 } });
    expect(await told()).toEqual(["a:2#1=1", "a:1#2=2", "a:3#1=3", "a:2#2=4"]);
  });

  test("is not recovered once the floor has risen, or one of its topics cannot be told", async () => {
    const { subscribe, publish, told } = open({ limits: { kept_topics: 2 } });
    await publish("a:1", 1);
    const before = patternOf(await subscribe("a:*"));
    await publish("a:1", 2, 3, 4, 5);
    await told();
    expect(await subscribe("a:*", before)).toMatchObject({ recovered: false });
    const then = patternOf(await subscribe("a:*"));
    await publish("b", 1);
    await publish("c", 1);
    expect(await subscribe("a:*", then)).toMatchObject({ recovered: false, floor: 5, offsets: {} });
    await told();
  });

  test("is not recovered where one was forgotten below the floor", async () => {
    const { subscribe, publish, told } = open({ limits: { kept_topics: 2 } });
    await publish("high", 1, 2, 3, 4, 5);
    await publish("low", 1, 2);
    await publish("x", 1);
    // The floor is that of `high` now.
    const before = patternOf(await subscribe("*"));
    expect(before).toMatchObject({ floor: 5, offsets: { low: 2, x: 1 } });
    await publish("low", 3);
    await publish("x", 1);
    await publish("y", 1);
    await told();
    expect(await subscribe("*", before)).toMatchObject({ floor: 5, recovered: false });
    await told();
  });
});

describe("a topic of which one is kept", () => {
  test("sends its value right after the reply", async () => {
    const { subscribe, publish, told } = open();
    await publish("value:a", 1, 2);
    expect(await subscribe("value:a")).toMatchObject({ offset: 2 });
    expect(await told()).toEqual(["value:a#2=2"]);
    expect(await subscribe("value:a", { epoch: "another", offset: 9 })).toMatchObject({ recovered: false });
    expect(await told()).toEqual(["value:a#2=2"]);
  });

  test("does so to a pattern too", async () => {
    const { subscribe, publish, told } = open();
    await publish("value:a", 1);
    await publish("value:b", 2);
    await publish("value:a", 3);
    await subscribe("value:*");
    expect(await told()).toEqual(["value:b#1=2", "value:a#2=3"]);
  });

  test("sends it where it was recovered too, and none that has expired", async () => {
    const { subscribe, publish, told, clock } = open();
    await publish("value:a", 1, 2);
    const { epoch } = await subscribe("value:a");
    await told();
    for (const offset of [1, 2]) {
      expect(await subscribe("value:a", { epoch, offset })).toMatchObject({ recovered: true });
      expect(await told()).toEqual(["value:a#2=2"]);
    }
    clock.advance(60_000);
    await subscribe("value:a");
    expect(await told()).toEqual([]);
  });
});

describe("a replay to a reader who is slow", () => {
  test("goes on as the reader takes it, before anything new of its topics, and counts for nothing else", async () => {
    const { subscribe, publish, told, transport, clock, hub, session } = open();
    const before = positionOf(await subscribe("a"));
    hub.unsubscribe(session.connection, "a");
    // More than what goes out at once, and than the limit of the session.
    const large = "x".repeat(50_000);
    await publish("a", large, `${large}y`, "z");
    transport.isStuck = true;
    await hub.subscribe(session.connection, "plain:b");
    await subscribe("a", before);
    await publish("a", "withheld");
    await publish("plain:b", "not held up");
    const sent = () => transport.take().map(({ topic, offset }) => `${topic}#${offset}`);
    expect(sent()).toEqual(["a#1", "a#2", "plain:b#undefined"]);
    clock.advance(1000);
    expect(sent()).toEqual([]);
    transport.unsent = 0;
    clock.advance(20);
    expect(sent()).toEqual(["a#3", "a#4"]);
    transport.isStuck = false;
    await publish("a", "after");
    expect(await told()).toEqual(['a#5="after"']);
  });

  test("ends with position_lost where its history is trimmed meanwhile", async () => {
    const { subscribe, publish, transport, clock, hub, session } = open();
    const before = positionOf(await subscribe("a"));
    await subscribe("*");
    transport.take();
    await publish("a", "x".repeat(70_000), 2, 3);
    transport.take();
    transport.isStuck = true;
    await subscribe("a", before);
    expect(transport.take()).toMatchObject([{ offset: 1 }]);
    await publish("a", 4, 5, 6, 7, 8);
    transport.isStuck = false;
    transport.unsent = 0;
    clock.advance(20);
    const ends = ["a ended: position_lost", "* ended: position_lost"];
    expect(transport.take().map(inShort)).toEqual(ends);
    expect([...session.connection.subscriptions]).toEqual([]);
    expect(hub.size.topics).toBe(0);
    await publish("a", 7);
    expect(transport.take()).toEqual([]);
  });

  test("is of so many topics at once, and more of them are not recovered", async () => {
    const { subscribe, publish, transport, clock } = open({}, { unsent_bytes: 1_000_000, subscriptions: 10 });
    const { epoch } = await subscribe("none");
    for (const prefix of ["p", "q", "r", "s", "t"])
      for (let at = 0; at < 1000; at++) await publish(`${prefix}:${at}`, 1);
    // Full, so that none of them is over before the next one begins.
    transport.unsent = 70_000;
    const since = { epoch, floor: 0, offsets: {} };
    for (const pattern of ["p:*", "q:*", "r:*", "s:*"])
      expect(await subscribe(pattern, since)).toMatchObject({ recovered: true });
    expect(await subscribe("t:1", { epoch, offset: 0 })).toMatchObject({ offset: 1, recovered: false });
    expect(await subscribe("t:2", { epoch, offset: 1 })).toMatchObject({ offset: 1, recovered: true });
    transport.unsent = 0;
    clock.advance(1000);
    expect(transport.take().length).toBe(4000);
  });

  test("ends with the subscription, and goes on for another one that selects the topic", async () => {
    for (const [other, sent] of [
      ["b", []],
      ["a*", ["a#2=2"]],
    ] as const) {
      const { subscribe, publish, transport, clock, hub, session } = open();
      const before = positionOf(await subscribe("a"));
      await subscribe(other);
      transport.take();
      await publish("a", "x".repeat(70_000), 2);
      transport.take();
      transport.isStuck = true;
      await subscribe("a", before);
      transport.take();
      hub.unsubscribe(session.connection, "a");
      transport.unsent = 0;
      clock.advance(20);
      expect(transport.take().map(inShort)).toEqual([...sent]);
    }
  });
});

test("a list of subscriptions to end costs no look at all that is replayed for each of them", async () => {
  const limits = { message_bytes: 100_000, subscriptions: 1000, unsent_bytes: 1_000_000 };
  const { hub, ask, transport } = openSession({ hub: { topics: TOPICS }, limits });
  for (let at = 0; at < 4000; at++) await hub.publish(`value:${at}`, 1);
  transport.unsent = 70_000;
  const patterns = Array.from({ length: 90 }, (_, at) => `value:${at + 10}*`);
  await ask({ action: "subscribe", topics: patterns });
  const names = Array.from({ length: 1000 }, (_, at) => `value:n${at}`);
  const startedAt = performance.now();
  await ask({ action: "unsubscribe", topics: [...names.slice(90), ...patterns] });
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

describe("what cannot be resumed from", () => {
  const wrong: [since: unknown, topic: string, message: string][] = [
    [5, "a", "'since' takes {epoch, offset}, or {epoch, floor, offsets} for a pattern, got 5"],
    [{ epoch: "e" }, "a", "'since.offset' is missing"],
    [{ epoch: "e", offset: -1 }, "a", "'since.offset' takes 0 or more, got -1"],
    [{ epoch: "e", offset: 1 }, "a*", "'since' takes {epoch, floor, offsets} for a pattern"],
    [{ epoch: "e", floor: 1, offsets: {} }, "a", "'since' takes {epoch, offset} for a topic"],
    [
      { epoch: "e", floor: 1, offsets: { a: 1.5 } },
      "a*",
      "'since.offsets' takes an object of whole numbers by topic, got Object",
    ],
  ];
  test.each(wrong)("%j", async (since, topic, message) => {
    const { subscribe, hub } = open();
    expect(await subscribe(topic, since)).toMatchObject({ code: "invalid_message", message });
    expect(hub.size.topics).toBe(0);
  });
});
