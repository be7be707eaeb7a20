import { describe, expect, test } from "bun:test";
import type { BrokerFactory, HistoryQuery } from "../../../src/hub/broker.ts";
import { openSession } from "./session-setup.ts";
import { connect, turn } from "./setup.ts";
import { SlowBroker } from "./slow-broker.ts";

const onlyEvents = (_: unknown, __: string, topic: string) => topic.startsWith("event:");

describe("subscribe", () => {
  test("answers in the words of the protocol", async () => {
    const { ask } = openSession();
    expect(await ask('{"action":"subscribe","topic":"event:after_backup","id":1}')).toEqual({
      status: "success",
      message: "Subscribed to topic 'event:after_backup'",
      action: "subscribe",
      topic: "event:after_backup",
      id: 1,
    });
  });

  test("is answered before any publication that it selects, also where the broker is slow", async () => {
    const broker = new SlowBroker();
    const { send, transport, hub } = openSession({ hub: { broker: broker.factory } });
    hub.on("topicActive", (topic) => void hub.publish(topic, "at once"));
    send({ action: "subscribe", topic: "a", id: 1 });
    await turn();
    expect(transport.frames).toEqual([]);
    broker.settle();
    expect(await transport.next()).toMatchObject({ status: "success", id: 1 });
    expect(await transport.next()).toMatchObject({ topic: "a", data: "at once" });
  });

  test("twice is answered the same, and is one subscription", async () => {
    const { ask, rest, hub } = openSession();
    const request = { action: "subscribe", topic: "a" };
    expect(await ask(request)).toEqual(await ask(request));
    await hub.publish("a", 1);
    expect(await rest()).toHaveLength(1);
  });

  test.each([
    ["invalid_topic", "a b", "A topic has no white space, control, format or surrogate characters"],
    ["invalid_topic", "", "A topic has at least one character"],
    ["invalid_topic", "a*b", "'*' may only stand at the end, where it makes a pattern"],
    ["forbidden", "other", "No grant to subscribe to topic 'other'"],
    ["forbidden", "*", "No grant to subscribe to topic '*'"],
  ])("is answered %s for %j", async (code, topic, message) => {
    const { ask, hub } = openSession({ authorize: onlyEvents });
    expect(await ask({ action: "subscribe", topic, id: 0 })).toEqual({
      status: "error",
      ...{ code, message, action: "subscribe", topic, id: 0 },
    });
    expect(hub.size.topics).toBe(0);
  });

  test("is limited, with what is held already and twice the same not counted twice", async () => {
    const { ask, session } = openSession({ limits: { subscriptions: 3 } });
    await ask({ action: "subscribe", topics: ["a", "b"] });
    const reply = await ask({ action: "subscribe", topics: ["a", "c", "c", "d", "b"] });
    expect(reply.message).toBe("Subscribed to 4 of 5 topics");
    expect(reply.topics).toMatchObject([
      { status: "success", topic: "a" },
      { status: "success", topic: "c" },
      { status: "success", topic: "c" },
      {
        status: "error",
        code: "limit_reached",
        message: "A connection has at most 3 subscriptions",
        topic: "d",
      },
      { status: "success", topic: "b" },
    ]);
    expect([...session.connection.subscriptions]).toEqual(["a", "b", "c"]);
    expect(await ask({ action: "subscribe", topic: "e" })).toMatchObject({
      code: "limit_reached",
      topic: "e",
    });
    await ask({ action: "unsubscribe", topic: "a" });
    expect(await ask({ action: "subscribe", topic: "e" })).toMatchObject({ status: "success" });
  });

  test("that the broker cannot carry out is answered unavailable", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    broker.failing.add("a");
    const { ask, errors } = openSession({ hub: { broker: broker.factory } });
    expect(await ask({ action: "subscribe", topic: "a" })).toMatchObject({ code: "unavailable", topic: "a" });
    expect(errors).toEqual(["session: no a"]);
    broker.failing.clear();
    expect(await ask({ action: "subscribe", topic: "a" })).toMatchObject({ status: "success" });
  });
});

describe("a list", () => {
  test("has one result for each entry, in order, and one reply", async () => {
    const { ask, session, transport } = openSession({ authorize: onlyEvents });
    const topics = ["event:*", { topic: "event:a" }, "other", "a b", "event:*"];
    expect(await ask({ action: "subscribe", topics, id: "list" })).toEqual({
      status: "success",
      message: "Subscribed to 3 of 5 topics",
      action: "subscribe",
      id: "list",
      topics: [
        { status: "success", message: "Subscribed to topic 'event:*'", topic: "event:*" },
        { status: "success", message: "Subscribed to topic 'event:a'", topic: "event:a" },
        {
          status: "error",
          code: "forbidden",
          message: "No grant to subscribe to topic 'other'",
          topic: "other",
        },
        {
          status: "error",
          code: "invalid_topic",
          message: "A topic has no white space, control, format or surrogate characters",
          topic: "a b",
        },
        { status: "success", message: "Subscribed to topic 'event:*'", topic: "event:*" },
      ],
    });
    expect(transport.frames).toHaveLength(1);
    expect([...session.connection.subscriptions]).toEqual(["event:*", "event:a"]);
  });

  test("of one is answered as a list, also where nothing of it succeeds", async () => {
    const { ask } = openSession({ authorize: () => false });
    expect(await ask({ action: "subscribe", topics: ["a"] })).toEqual({
      status: "success",
      message: "Subscribed to 0 of 1 topics",
      action: "subscribe",
      topics: [
        { status: "error", code: "forbidden", message: "No grant to subscribe to topic 'a'", topic: "a" },
      ],
    });
  });

  test("that is malformed fails as a whole", async () => {
    const { ask, hub } = openSession();
    expect(await ask({ action: "subscribe", topics: ["a", 5] })).toMatchObject({ code: "invalid_message" });
    expect(hub.size.topics).toBe(0);
  });

  test("is all subscribed at one moment", async () => {
    const { ask, rest, hub } = openSession();
    hub.on("topicActive", (topic) => {
      if (topic === "a") for (const name of ["a", "b", "c"]) void hub.publish(name, 1);
    });
    await ask({ action: "subscribe", topics: ["a", "b", "c"] });
    expect((await rest()).map(({ topic }) => topic)).toEqual(["a", "b", "c"]);
  });
});

describe("unsubscribe", () => {
  test("answers in the words of the protocol, whether there was a subscription or not", async () => {
    const { ask, rest, hub } = openSession();
    await ask({ action: "subscribe", topic: "event:*" });
    for (const id of [1, 2])
      expect(await ask({ action: "unsubscribe", topic: "event:*", id })).toEqual({
        status: "success",
        message: "Unsubscribed from topic 'event:*'",
        action: "unsubscribe",
        topic: "event:*",
        id,
      });
    await hub.publish("event:a", 1);
    expect(await rest()).toEqual([]);
  });

  test("needs no grant, but a topic", async () => {
    const { ask } = openSession({ authorize: () => false });
    expect(await ask({ action: "unsubscribe", topic: "a" })).toMatchObject({ status: "success" });
    expect(await ask({ action: "unsubscribe", topic: "a b" })).toMatchObject({ code: "invalid_topic" });
  });

  test("takes a list", async () => {
    const { ask, session } = openSession();
    await ask({ action: "subscribe", topics: ["a", "b", "c"] });
    expect(await ask({ action: "unsubscribe", topics: ["a", { topic: "b" }, ".."] })).toEqual({
      status: "success",
      message: "Unsubscribed from 2 of 3 topics",
      action: "unsubscribe",
      topics: [
        { status: "success", message: "Unsubscribed from topic 'a'", topic: "a" },
        { status: "success", message: "Unsubscribed from topic 'b'", topic: "b" },
        { status: "error", code: "invalid_topic", message: "A topic is not '.' or '..'", topic: ".." },
      ],
    });
    expect([...session.connection.subscriptions]).toEqual(["c"]);
  });
});

describe("publish", () => {
  test("reaches subscribers, and is answered", async () => {
    const { ask, rest, hub } = openSession();
    const heard: unknown[] = [];
    hub.listen("*", ({ topic, type, data }) => void heard.push({ topic, type, data }));
    const request = { action: "publish", topic: "event:a", data: { n: 1 }, type: "event", id: 1 };
    expect(await ask(request)).toEqual({
      status: "success",
      message: "Published to topic 'event:a'",
      action: "publish",
      topic: "event:a",
      id: 1,
    });
    await ask({ action: "publish", topic: "b", data: null });
    expect(heard).toEqual([
      { topic: "event:a", type: "event", data: { n: 1 } },
      { topic: "b", type: "message", data: null },
    ]);
    expect(await rest()).toEqual([]);
  });

  test.each([
    ["a pattern", { topic: "event:*" }, "invalid_topic", "'*' may only stand at the end"],
    ["no grant", { topic: "other" }, "forbidden", "No grant to publish to topic 'other'"],
    ["a reserved type", { topic: "event:a", type: "gap" }, "invalid_message", "'type' takes a type that"],
  ])("with %s is refused, and reaches nobody", async (_, request, code, message) => {
    const { ask, hub } = openSession({ authorize: onlyEvents });
    const heard: unknown[] = [];
    hub.listen("*", (publication) => void heard.push(publication));
    expect(await ask({ action: "publish", data: 1, ...request })).toMatchObject({
      code,
      message: expect.stringContaining(message),
      topic: request.topic,
    });
    expect(heard).toEqual([]);
  });

  test("while the server stops is unavailable: what is answered as accepted reaches somebody", async () => {
    const { ask, hub } = openSession();
    const heard: unknown[] = [];
    hub.listen("*", (publication) => void heard.push(publication));
    hub.drain();
    expect(await ask({ action: "publish", topic: "a", data: 1 })).toMatchObject({ code: "unavailable" });
    expect(heard).toEqual([]);
  });

  test("that the broker refuses is unavailable, and reported once", async () => {
    const broker = new SlowBroker();
    broker.publishError = new Error("cut off");
    const { ask, errors } = openSession({ hub: { broker: broker.factory } });
    expect(await ask({ action: "publish", topic: "a", data: 1 })).toMatchObject({ code: "unavailable" });
    expect(errors).toEqual(["session: cut off"]);
  });
});

describe("history", () => {
  /** A broker that keeps the history of topics under `kept:`. */
  function keeping(queries: [string, HistoryQuery][]): BrokerFactory {
    const position = { epoch: "k3v9", offset: 42 };
    return (sink) => ({
      publish(envelope) {
        sink.deliver(envelope, position);
        return position;
      },
      subscribe() {},
      unsubscribe() {},
      locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
      async history(topic, query) {
        queries.push([topic, query]);
        if (!topic.startsWith("kept:")) return undefined;
        const publications = [{ topic, type: "event", json: '{"n":[1]}', time: 7, offset: 42, order: 1 }];
        return { ...position, publications, recovered: true };
      },
      close: async () => {},
    });
  }

  test("comes from the broker, as publications", async () => {
    const queries: [string, HistoryQuery][] = [];
    const { ask } = openSession({ hub: { broker: keeping(queries) } });
    const since = { epoch: "k3v9", offset: 41 };
    expect(await ask({ action: "history", topic: "kept:a", limit: 5, since, id: 1 })).toEqual({
      status: "success",
      message: "History of topic 'kept:a'",
      action: "history",
      topic: "kept:a",
      id: 1,
      epoch: "k3v9",
      offset: 42,
      publications: [{ topic: "kept:a", type: "event", data: { n: [1] }, time: 7, offset: 42 }],
      recovered: true,
    });
    expect(queries).toEqual([["kept:a", { limit: 5, since }]]);
  });

  test("is unavailable for a topic that keeps none", async () => {
    const { ask } = openSession();
    expect(await ask({ action: "history", topic: "a" })).toEqual({
      status: "error",
      code: "unavailable",
      message: "Topic 'a' keeps no history",
      action: "history",
      topic: "a",
    });
  });

  test("needs one topic, and the grant to subscribe to it", async () => {
    const queries: [string, HistoryQuery][] = [];
    const { ask } = openSession({ authorize: onlyEvents, hub: { broker: keeping(queries) } });
    expect(await ask({ action: "history", topic: "event:*" })).toMatchObject({ code: "invalid_topic" });
    expect(await ask({ action: "history", topic: "kept:a" })).toMatchObject({ code: "forbidden" });
    expect(queries).toEqual([]);
  });

  test("has its place in replies to publish and in publications", async () => {
    const { ask, rest } = openSession({ hub: { broker: keeping([]) } });
    await ask({ action: "subscribe", topic: "kept:a" });
    const all = [await ask({ action: "publish", topic: "kept:a", data: 1 }), ...(await rest())];
    expect(all).toMatchObject([
      { type: "message", topic: "kept:a", data: 1, offset: 42 },
      { status: "success", topic: "kept:a", epoch: "k3v9", offset: 42 },
    ]);
  });
});

describe("presence", () => {
  test("tells who is subscribed, by name or by pattern, each connection once", async () => {
    const { ask, hub } = openSession();
    const others = ["kim", "kim", "auth0|1"].map((user) => connect(hub, user).connection);
    for (const connection of others) await hub.subscribe(connection, ["event:a", "event:*"]);
    await ask({ action: "subscribe", topic: "*" });
    expect(await ask({ action: "presence", topic: "event:a", id: 1 })).toEqual({
      status: "success",
      message: "Presence of topic 'event:a'",
      action: "presence",
      topic: "event:a",
      id: 1,
      users: [
        { user: "alex", connections: 1 },
        { user: "auth0|1", connections: 1 },
        { user: "kim", connections: 2 },
      ],
    });
    expect(await ask({ action: "presence", topic: "b" })).toMatchObject({
      users: [{ user: "alex", connections: 1 }],
    });
  });

  test("needs one topic, and the grant to subscribe to it", async () => {
    const { ask } = openSession({ authorize: onlyEvents });
    expect(await ask({ action: "presence", topic: "event:*" })).toMatchObject({ code: "invalid_topic" });
    expect(await ask({ action: "presence", topic: "other" })).toMatchObject({
      code: "forbidden",
      message: "No grant to subscribe to topic 'other'",
    });
    expect(await ask({ action: "presence", topic: "event:a", limit: 5 })).toMatchObject({
      code: "invalid_message",
      message: "Unknown field 'limit'",
    });
    expect(await ask({ action: "presence", topic: "event:a" })).toMatchObject({ users: [] });
  });

  test.each([
    ["many", 1500, (at: number) => `u${at}`, 1000],
    ["long and escaped", 300, (at: number) => `${at + 100}${'"'.repeat(252)}`, 110],
  ])("of %s users is cut, and stays within 64 KiB", async (_, count, name, least) => {
    const { send, transport, hub } = openSession();
    const topic = `${'"'.repeat(255)}`;
    for (let at = 0; at < count; at++) await hub.subscribe(connect(hub, name(at)).connection, topic);
    send({ action: "presence", topic, id: "\u0001".repeat(64) });
    const { users, truncated } = await transport.next();
    expect([Array.isArray(users) && users.length >= least, truncated]).toEqual([true, true]);
    expect(Buffer.byteLength(transport.frames.at(-1) ?? "")).toBeLessThanOrEqual(65_536);
  });
});

test("ping is answered with the time", async () => {
  const { ask, clock } = openSession();
  expect(await ask({ action: "ping", id: "x" })).toEqual({
    status: "success",
    message: "pong",
    action: "ping",
    id: "x",
    time: clock.now(),
  });
});
