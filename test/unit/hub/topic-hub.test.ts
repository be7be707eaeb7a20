import { describe, expect, test } from "bun:test";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { connect, dataOf, newHub, principal, turn, UNSENT_LIMIT } from "./setup.ts";
import { SlowBroker } from "./slow-broker.ts";

describe("publishing", () => {
  const wrong: [what: string, topic: string, data: unknown, type: string | undefined, message: string][] = [
    ["an empty topic", "", 1, undefined, 'A topic has at least one character: got ""'],
    ["a pattern", "a*", 1, undefined, `'*' may only stand at the end, where it makes a pattern: got "a*"`],
    ["no data", "a", undefined, undefined, "'data' takes what JSON can hold, got undefined"],
    ["a function", "a", () => {}, undefined, "'data' takes what JSON can hold, got function"],
    [
      "a reserved type",
      "a",
      1,
      "welcome",
      `'type' takes a type that is not reserved for the server, got "welcome"`,
    ],
    ["an empty type", "a", 1, "", `'type' takes 1 to 64 bytes of UTF-8, got ""`],
  ];
  test.each(wrong)("%s is a TypeError", async (_, topic, data, type, message) => {
    const { hub, errors } = newHub();
    const options = type === undefined ? {} : { type };
    await expect(hub.publish(topic, data, options)).rejects.toThrow(new TypeError(message));
    await turn();
    expect(errors).toEqual([]);
  });

  test("what JSON cannot hold rejects", async () => {
    const { hub } = newHub();
    const circle: unknown[] = [];
    circle.push(circle);
    await expect(hub.publish("a", circle)).rejects.toThrow(TypeError);
    await expect(hub.publish("a", 1n)).rejects.toThrow(TypeError);
  });

  test("gives the topic, and the position where the broker gave one", async () => {
    const { hub } = newHub();
    expect(await hub.publish("a", 1)).toEqual({ topic: "a" });
    const placed = newHub({
      broker: (sink) => ({
        publish(envelope) {
          const position = { epoch: "k3v9", offset: 42 };
          sink.deliver(envelope, position);
          return position;
        },
        subscribe() {},
        unsubscribe() {},
        locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
        history: () => undefined,
        close: async () => {},
      }),
    }).hub;
    const { connection, transport } = connect(placed);
    await placed.subscribe(connection, "a");
    expect(await placed.publish("a", 1)).toEqual({ topic: "a", epoch: "k3v9", offset: 42 });
    expect(transport.take()).toEqual([
      { type: "message", topic: "a", data: 1, offset: 42, time: placed.clock.now() },
    ]);
  });

  test("without a type takes the hub's for the topic, or message", async () => {
    const { hub } = newHub({ defaultType: (topic) => (topic.startsWith("e") ? "event" : undefined) });
    const { connection, transport } = connect(hub, "alex");
    await hub.subscribe(connection, "*");
    await hub.publish("e1", 1);
    await hub.publish("e1", 1, { type: "own" });
    await hub.publish("a", 1);
    await hub.sendToUser("alex", { topic: "e1", data: 1 });
    await hub.sendToUser("alex", { topic: "e1", data: 1, type: "own" });
    await hub.sendToUser("alex", { data: 1 });
    const types = transport.take().map(({ type }) => type);
    expect(types).toEqual(["event", "own", "message", "event", "own", "message"]);
  });

  test("takes the data as it is at that moment", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    const { hub } = newHub({ broker: broker.factory });
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, "a");
    const data = { state: "before" };
    const published = hub.publish("a", data);
    data.state = "after";
    await published;
    expect(dataOf(transport)).toEqual([{ state: "before" }]);
  });

  test("a rejection that somebody awaits is nobody else's", async () => {
    const broker = new SlowBroker();
    const { hub, errors } = newHub({ broker: broker.factory });
    broker.publishError = new Error("cut off");
    await expect(hub.publish("a", 1)).rejects.toThrow("cut off");
    await hub.publish("a", 1).catch(() => {});
    await Promise.allSettled([hub.publish("a", 1)]);
    await turn();
    expect(errors).toEqual([]);
  });
});

describe("sending to somebody", () => {
  test("reaches each connection of a user, past all topics", async () => {
    const { hub, clock } = newHub();
    const [first, second, other] = [connect(hub, "alex"), connect(hub, "alex"), connect(hub, "kim")];
    await hub.subscribe(first.connection, "*");
    const heard: unknown[] = [];
    hub.listen("*", (publication) => void heard.push(publication));
    const message = { data: { status: "success" }, topic: "task:1", type: "task_update" };
    expect(await hub.sendToUser("alex", message)).toBe(2);
    const wanted = {
      type: "task_update",
      topic: "task:1",
      data: { status: "success" },
      time: clock.now(),
      direct: true,
    };
    expect(first.transport.take()).toEqual([wanted]);
    expect(second.transport.take()).toEqual([wanted]);
    expect(other.transport.frames).toEqual([]);
    expect(heard).toEqual([]);
  });

  test("reaches one connection by its id", async () => {
    const { hub, clock } = newHub();
    const [first, second] = [connect(hub), connect(hub)];
    expect(await hub.sendToConnection(second.connection.id, { data: 1 })).toBe(1);
    expect(second.transport.take()).toEqual([{ type: "message", data: 1, time: clock.now(), direct: true }]);
    expect(first.transport.frames).toEqual([]);
  });

  test("that is not there reaches nobody", async () => {
    const { hub } = newHub();
    const { connection } = connect(hub, "alex");
    hub.disconnected(connection, 1000, "");
    expect(await hub.sendToUser("alex", { data: 1 })).toBe(0);
    expect(await hub.sendToUser("kim", { data: 1 })).toBe(0);
    expect(await hub.sendToConnection(connection.id, { data: 1 })).toBe(0);
  });

  test("takes what publishing takes", async () => {
    const { hub } = newHub();
    await expect(hub.sendToUser("alex", { data: undefined })).rejects.toThrow(TypeError);
    await expect(hub.sendToUser("alex", { data: 1, topic: "a*" })).rejects.toThrow(TypeError);
    await expect(hub.sendToConnection("x", { data: 1, type: "gap" })).rejects.toThrow(TypeError);
  });
});

describe("ending by an operator", () => {
  test("disconnects every connection of a user with 4501", async () => {
    const { hub } = newHub();
    const [first, second, other] = [connect(hub, "alex"), connect(hub, "alex"), connect(hub, "kim")];
    expect(await hub.disconnectUser("alex")).toBe(2);
    for (const { transport } of [first, second])
      expect(transport.closing).toEqual({ code: 4501, reason: "Disconnected by an operator" });
    expect(other.transport.closing).toBeUndefined();
    expect(await hub.disconnectUser("alex")).toBe(0);
    expect(hub.size).toEqual({ connections: 1, users: 1, topics: 0 });
  });

  test("disconnects one connection with 4501", async () => {
    const { hub } = newHub();
    const [first, second] = [connect(hub), connect(hub)];
    expect(await hub.disconnectConnection(first.connection.id)).toBe(1);
    expect(first.transport.closing?.code).toBe(4501);
    expect(second.transport.closing).toBeUndefined();
    expect(await hub.disconnectConnection(first.connection.id)).toBe(0);
  });

  test("ends a user's subscriptions to exactly that, and says so", async () => {
    const { hub } = newHub();
    const [first, second, other] = [connect(hub, "alex"), connect(hub, "alex"), connect(hub, "kim")];
    for (const { connection } of [first, second, other]) await hub.subscribe(connection, ["a", "a*"]);
    hub.unsubscribe(second.connection, "a*");
    expect(await hub.unsubscribeUser("alex", "a*")).toBe(1);
    expect(first.transport.take()).toEqual([{ type: "unsubscribed", topic: "a*", code: "forbidden" }]);
    expect(second.transport.frames).toEqual([]);
    await hub.publish("ab", 1);
    expect(dataOf(first.transport)).toEqual([]);
    expect(dataOf(other.transport)).toEqual([1]);
    await hub.publish("a", 2);
    expect(dataOf(first.transport)).toEqual([2]);
    expect(await hub.unsubscribeUser("alex", "nothing")).toBe(0);
  });
});

describe("the hooks", () => {
  test("are told of what happens", async () => {
    const told: unknown[] = [];
    const { hub } = newHub({
      onConnect: ({ user }) => void told.push(["connect", user]),
      onSubscribe: ({ user }, topic) => void told.push(["subscribe", user, topic]),
      onDisconnect: ({ user, subscriptions }, code, reason) =>
        void told.push(["disconnect", user, [...subscriptions], code, reason]),
    });
    const { connection } = connect(hub, "alex");
    await hub.subscribe(connection, ["a", "b*"]);
    await hub.subscribe(connection, "a");
    hub.disconnected(connection, 1001, "going away");
    hub.disconnect(connection, 4501, "again");
    hub.disconnected(connection, 1006, "");
    expect(told).toEqual([
      ["connect", "alex"],
      ["subscribe", "alex", "a"],
      ["subscribe", "alex", "b*"],
      ["disconnect", "alex", ["a", "b*"], 1001, "going away"],
    ]);
  });

  test("come after the greeting", () => {
    const transport = new TestTransport();
    const framesBefore: number[] = [];
    const { hub } = newHub({ onConnect: () => void framesBefore.push(transport.frames.length) });
    const greeting = () => ["hello", "again"].map((message) => ({ status: "success" as const, message }));
    hub.connect({ principal: principal(), transport, unsentLimit: UNSENT_LIMIT, greeting });
    expect(framesBefore).toEqual([2]);
  });

  const failing = {
    throw: () => {
      throw new Error("thrown");
    },
    reject: () => Promise.reject(new Error("rejected")),
  };
  test.each(["throw", "reject"] as const)("that %s reach onError only", async (way) => {
    const fail = failing[way];
    const { hub, errors } = newHub({ onConnect: fail, onSubscribe: fail, onDisconnect: fail });
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, "a");
    await hub.publish("a", 1);
    hub.disconnect(connection, 4501, "enough");
    await turn();
    expect(dataOf(transport)).toEqual([1]);
    expect(transport.closing?.code).toBe(4501);
    expect(hub.size.connections).toBe(0);
    const message = way === "throw" ? "hook: thrown" : "hook: rejected";
    expect(errors).toEqual([message, message, message]);
  });
});

describe("a connection that the hub ends", () => {
  test("is dropped where the peer does not answer the close", () => {
    const { hub, clock } = newHub();
    const { connection, transport } = connect(hub);
    hub.disconnect(connection, 4501, "enough");
    clock.advance(2999);
    expect(transport.terminations).toBe(0);
    clock.advance(1);
    expect(transport.terminations).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test("is not, where it does, or where the socket cannot be dropped", () => {
    const { hub, clock } = newHub();
    const answering = connect(hub);
    hub.disconnect(answering.connection, 4501, "enough");
    hub.disconnected(answering.connection, 4501, "enough");
    expect(clock.timers).toBe(0);
    const transport = new TestTransport(false);
    hub.disconnect(
      hub.connect({ principal: principal(), transport, unsentLimit: UNSENT_LIMIT }),
      4501,
      "enough",
    );
    expect(clock.timers).toBe(0);
    clock.advance(60_000);
    expect(answering.transport.terminations + transport.terminations).toBe(0);
  });

  test("gets nothing more", async () => {
    const { hub } = newHub();
    const { connection, transport } = connect(hub, "alex");
    await hub.subscribe(connection, "a");
    hub.disconnect(connection, 4501, "enough");
    await hub.publish("a", 1);
    await hub.sendToUser("alex", { data: 1 });
    hub.tell(connection, { status: "success", message: "pong" });
    await hub.subscribe(connection, "b");
    await hub.publish("b", 1);
    expect([transport.frames, transport.late]).toEqual([[], []]);
    expect(hub.size).toEqual({ connections: 0, users: 0, topics: 0 });
  });
});

test("each connection has an id of its own, and the time at which it came", () => {
  const { hub, clock } = newHub();
  const all = Array.from({ length: 100 }, () => connect(hub).connection);
  expect(new Set(all.map(({ id }) => id)).size).toBe(100);
  expect(all[0]?.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(all[0]?.connectedAt).toBe(clock.now());
  expect(hub.connections()).toEqual(all);
});

describe("the end", () => {
  test("leaves nothing in the hub, and closes the broker", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    const { hub } = newHub({ broker: broker.factory });
    const all = Array.from({ length: 20 }, () => connect(hub));
    for (const { connection } of all) await hub.subscribe(connection, "a");
    const closed = hub.close();
    for (const { connection } of all) hub.disconnected(connection, 1012, "");
    await closed;
    expect(hub.size).toEqual({ connections: 0, users: 0, topics: 0 });
    expect(broker.asked.size).toBe(0);
    expect(broker.isClosed).toBe(true);
  });

  test("waits for the sockets to close, also of those that were closed before", async () => {
    const { hub } = newHub();
    const [one, two] = [connect(hub), connect(hub)];
    hub.disconnect(one.connection, 4501, "");
    let isClosed = false;
    const closed = hub.close().then(() => {
      isClosed = true;
    });
    for (const { connection } of [one, two]) {
      await turn();
      expect(isClosed).toBe(false);
      hub.disconnected(connection, 1012, "");
    }
    await closed;
  });

  test("takes nothing after that, and may come twice", async () => {
    const { hub } = newHub();
    await hub.close();
    await hub.close();
    expect(() => connect(hub)).toThrow("The hub is closed: it takes no connections");
    await expect(hub.publish("a", 1)).rejects.toThrow("The hub is closed: it takes no publications");
  });

  test("begins with draining, in which what is connected stays and may publish", async () => {
    const { hub } = newHub();
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, "a");
    expect(hub.isDraining).toBe(false);
    hub.drain();
    expect(hub.isDraining).toBe(true);
    await hub.publish("a", 1);
    expect(dataOf(transport)).toEqual([1]);
    expect(transport.closing).toBeUndefined();
  });
});

test("a hub needs nothing to be made", async () => {
  const hub = new TopicHub();
  const heard: unknown[] = [];
  hub.listen("a", ({ data, topic, type, time, position }) =>
    heard.push({ data, topic, type, isNow: Math.abs(Date.now() - time) < 60_000, position }),
  );
  await hub.publish("a", [1]);
  expect(heard).toEqual([{ data: [1], topic: "a", type: "message", isNow: true, position: undefined }]);
  expect(await hub.history("a")).toBeUndefined();
  await hub.close();
});
