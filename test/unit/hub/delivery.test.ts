import { expect, spyOn, test } from "bun:test";
import { connect, dataOf, newHub, topicsOf, UNSENT_LIMIT } from "./setup.ts";

test("a publication goes to whoever is subscribed to its topic, and to nobody else", async () => {
  const { hub } = newHub();
  const exact = connect(hub);
  const pattern = connect(hub);
  const other = connect(hub);
  await hub.subscribe(exact.connection, "event:a");
  await hub.subscribe(pattern.connection, "event:*");
  await hub.subscribe(other.connection, ["event:b", "event", "events:*"]);
  await hub.publish("event:a", { n: 1 }, { type: "event" });
  const text = `{"type":"event","topic":"event:a","data":{"n":1},"time":${hub.clock.now()}}`;
  expect([exact.transport.frames, pattern.transport.frames, other.transport.frames]).toEqual([
    [text],
    [text],
    [],
  ]);
});

test("in memory everything is queued before publish returns", async () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, "a");
  void hub.publish("a", 1);
  expect(dataOf(transport)).toEqual([1]);
});

test("a connection gets a publication once, however many of its subscriptions match", async () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, ["*", "event:*", "event:a", "event:a*"]);
  await hub.publish("event:a", 1);
  await hub.publish("event:a", 2);
  expect(dataOf(transport)).toEqual([1, 2]);
  hub.unsubscribe(connection, ["*", "event:a"]);
  await hub.publish("event:a", 3);
  expect(dataOf(transport)).toEqual([3]);
});

test("what a listener publishes while it receives comes after what is being delivered, for everyone", async () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, "*");
  const heard: string[] = [];
  hub.listen("a", () => {
    void hub.publish("b", 1);
    void hub.publish("c", 1);
  });
  hub.listen("b", () => void hub.publish("d", 1));
  hub.listen("*", ({ topic }) => void heard.push(topic));
  await hub.publish("a", 1);
  await hub.publish("e", 1);
  expect(heard).toEqual(["a", "b", "c", "d", "e"]);
  expect(topicsOf(transport)).toEqual(["a", "b", "c", "d", "e"]);
});

test("what is sent to a user keeps its place among what is published", async () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub, "alex");
  await hub.subscribe(connection, "*");
  hub.listen("a", () => void hub.sendToUser("alex", { data: "direct" }));
  hub.listen("a", () => void hub.publish("b", "published"));
  await hub.publish("a", "first");
  expect(dataOf(transport)).toEqual(["first", "direct", "published"]);
});

test("data is encoded once, whoever listens", async () => {
  const { hub } = newHub();
  for (let at = 0; at < 10; at++) await hub.subscribe(connect(hub).connection, ["*", "a"]);
  let encodings = 0;
  const data = { toJSON: () => ({ encodings: ++encodings }) };
  const seen: unknown[] = [];
  hub.listen("a", (publication) => void seen.push(publication.data));
  hub.listen("*", (publication) => void seen.push(publication.data));
  await hub.publish("a", data);
  expect(encodings).toBe(1);
  // What a listener sees is what a subscriber elsewhere would get.
  expect(seen).toEqual([{ encodings: 1 }, { encodings: 1 }]);
  await hub.sendToUser("alex", { data });
  expect(encodings).toBe(2);
  await hub.publish("b", data);
  expect(encodings).toBe(3);
});

test("one text goes to every connection, however many there are", async () => {
  const { hub } = newHub();
  const all = Array.from({ length: 5 }, () => connect(hub));
  const stringify = spyOn(JSON, "stringify");
  const counts: number[] = [];
  try {
    for (const { connection } of all) {
      await hub.subscribe(connection, "a");
      stringify.mockClear();
      await hub.publish("a", { large: "value" });
      counts.push(stringify.mock.calls.length);
    }
  } finally {
    stringify.mockRestore();
  }
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts).toEqual(Array(5).fill(counts[0]));
  expect(all.map(({ transport }) => transport.frames.length)).toEqual([5, 4, 3, 2, 1]);
  expect(new Set(all.map(({ transport }) => transport.frames.at(-1))).size).toBe(1);
});

test("nothing comes by a subscription that ended", async () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, ["a", "b*"]);
  hub.unsubscribe(connection, "a");
  await hub.publish("a", 1);
  await hub.publish("b", 2);
  hub.unsubscribe(connection, "b*");
  await hub.publish("b", 3);
  expect(dataOf(transport)).toEqual([2]);
});

test("nothing comes to a listener that ended, which may end itself while it receives", async () => {
  const { hub } = newHub();
  const heard: unknown[] = [];
  const end = hub.listen("a", ({ data }) => {
    heard.push(data);
    if (data === 2) end();
  });
  for (const data of [1, 2, 3]) await hub.publish("a", data);
  end();
  expect(heard).toEqual([1, 2]);
});

test("one function may listen twice, and end once", async () => {
  const { hub } = newHub();
  const heard: string[] = [];
  const fn = ({ topic }: { topic: string }) => void heard.push(topic);
  const end = hub.listen("a", fn);
  hub.listen("a", fn);
  await hub.publish("a", 1);
  end();
  end();
  await hub.publish("a", 1);
  expect(heard).toEqual(["a", "a", "a"]);
});

test("a listener that throws or rejects is reported, and stops nobody", async () => {
  const { hub, errors } = newHub();
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, "a");
  const heard: unknown[] = [];
  hub.listen("a", () => {
    throw new Error("thrown");
  });
  hub.listen("a", async () => {
    throw new Error("rejected");
  });
  hub.listen("*", ({ data }) => void heard.push(data));
  await hub.publish("a", 1);
  await hub.publish("a", 2);
  expect(heard).toEqual([1, 2]);
  expect(dataOf(transport)).toEqual([1, 2]);
  expect(errors.sort()).toEqual([
    "delivery: rejected",
    "delivery: rejected",
    "delivery: thrown",
    "delivery: thrown",
  ]);
});

test("a slow consumer is closed with 4001, and everybody else gets everything", async () => {
  const { hub } = newHub();
  const all = [connect(hub), connect(hub), connect(hub)] as const;
  const [first, slow, last] = all;
  for (const { connection } of all) await hub.subscribe(connection, ["a", "*"]);
  slow.transport.isStuck = true;
  const text = "x".repeat(UNSENT_LIMIT / 4);
  for (let at = 0; at < 10; at++) await hub.publish("a", text);
  expect(slow.transport.closing).toEqual({ code: 4001, reason: "Slow consumer" });
  expect(slow.transport.unsent).toBeLessThanOrEqual(UNSENT_LIMIT);
  expect(slow.transport.frames).toHaveLength(3);
  expect(slow.transport.late).toEqual([]);
  for (const { transport } of [first, last]) {
    expect(transport.frames).toHaveLength(10);
    expect(transport.closing).toBeUndefined();
  }
  expect(hub.connections()).toEqual([first.connection, last.connection]);
});

test("a slow consumer of a user is closed, the user's others are not", async () => {
  const { hub } = newHub();
  const [slow, quick] = [connect(hub, "alex"), connect(hub, "alex")];
  slow.transport.unsent = UNSENT_LIMIT;
  expect(await hub.sendToUser("alex", { data: 1 })).toBe(2);
  expect(slow.transport.closing?.code).toBe(4001);
  expect(slow.transport.frames).toEqual([]);
  expect(dataOf(quick.transport)).toEqual([1]);
});

test("a connection that a hook ends while others are served gets nothing more", async () => {
  const { hub } = newHub({ onDisconnect: () => void hub.disconnect(last.connection, 4501, "too") });
  const slow = connect(hub, "alex");
  const last = connect(hub, "alex");
  for (const { connection } of [slow, last]) await hub.subscribe(connection, "a");
  slow.transport.unsent = UNSENT_LIMIT;
  await hub.publish("a", 1);
  expect(slow.transport.closing?.code).toBe(4001);
  expect(last.transport.closing?.code).toBe(4501);
  expect([last.transport.frames, last.transport.late]).toEqual([[], []]);
});
