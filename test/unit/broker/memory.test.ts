import { describe, expect, test } from "bun:test";
import { memoryBroker } from "../../../src/broker/memory.ts";
import type { Position } from "../../../src/hub/broker.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { envelope, locate, newBroker, publish, RULES, read, settled, standings } from "./new-broker.ts";

describe("publishing", () => {
  test("without a history it is delivered once, before publish returns, and has no position", () => {
    const { broker, delivered } = newBroker();
    const published = broker.publish(envelope("x"));
    expect(delivered).toEqual([[envelope("x"), undefined]]);
    expect(published).toBeUndefined();
    expect(read(broker, "x")).toBeUndefined();
    expect(read(broker, "x", { limit: 5, since: { epoch: "e", offset: 0 } })).toBeUndefined();
    expect(locate(broker, "x", "*")).toEqual([
      { floor: 0, topics: {} },
      { floor: 0, topics: {} },
    ]);
  });

  test("with one it is delivered with its position, which is what publish gives", () => {
    const { broker, delivered } = newBroker();
    const positions = ["a", "a", "c", "x", "a"].map((topic) => settled(broker.publish(envelope(topic))));
    expect(positions.map((position) => position?.offset)).toEqual([1, 2, 1, undefined, 3]);
    expect(new Set(positions.map((position) => position?.epoch)).size).toBe(2);
    expect(delivered.map(([{ topic }, position]) => [topic, position])).toEqual(
      ["a", "a", "c", "x", "a"].map((topic, at) => [topic, positions[at]]),
    );
  });

  test("what the sink publishes in turn comes after it", () => {
    const seen: [string, number | undefined][] = [];
    const sink = {
      deliver({ json }: { json: string }, position?: Position) {
        seen.push([json, position?.offset]);
        if (json.length < 4) void broker.publish(envelope("a", `${json}0`));
      },
    };
    const settings = {
      clock: new ManualClock(),
      historyOf: () => RULES.a,
      keptTopics: 9,
      keptBytes: 2 ** 20,
    };
    const broker = memoryBroker()(sink, settings);
    expect(publish(broker, ["a", "1"], ["a", "2000"])).toEqual([1, 5]);
    expect(seen).toEqual([
      ["1", 1],
      ["10", 2],
      ["100", 3],
      ["1000", 4],
      ["2000", 5],
    ]);
    expect(settled(broker.history("a", {}))?.publications.map(({ json }) => json)).toEqual(
      seen.map(([json]) => json),
    );
  });

  test("each hub has a store of its own, and each store an epoch", () => {
    const [first, second] = [newBroker(), newBroker()];
    publish(first.broker, "a");
    expect(second.delivered).toEqual([]);
    const epochs = [first, second].map(({ broker }) => standings(broker, ["a"])[0]?.epoch);
    expect(epochs).toEqual([
      expect.stringMatching(/^[0-9a-z]{1,13}$/),
      expect.stringMatching(/^[0-9a-z]{1,13}$/),
    ]);
    expect(epochs[0]).not.toBe(epochs[1]);
  });

  test("ends with close, and no timer is left", async () => {
    const { broker, delivered, clock } = newBroker();
    publish(broker, "a");
    await broker.close();
    expect(clock.timers).toBe(0);
    expect(() => broker.publish(envelope("a"))).toThrow("The broker is closed");
    expect([delivered.length, clock.timers]).toEqual([1, 0]);
  });
});

describe("reading", () => {
  test("gives what was published, with its offset, and its order across topics", () => {
    const { broker } = newBroker();
    publish(broker, ["a", "1"], ["c", "2"], "x", ["a", '"é"']);
    const [a, c] = ["a", "c"].map((topic) => settled(broker.history(topic, {}))?.publications ?? []);
    expect(a).toMatchObject([
      { ...envelope("a", "1"), offset: 1 },
      { ...envelope("a", '"é"'), offset: 2 },
    ]);
    const orders = [a?.[0], c?.[0], a?.[1]].map((it) => it?.order ?? 0);
    expect(orders).toEqual(orders.toSorted((one, other) => one - other));
    expect(new Set(orders).size).toBe(3);
  });

  test("gives one object for as long as it is kept", () => {
    const { broker } = newBroker();
    publish(broker, "a");
    const [first, again] = [1, 2].map(() => settled(broker.history("a", {}))?.publications[0]);
    expect(again).toBe(first);
    expect(first).toMatchObject({ topic: "a", offset: 1 });
  });

  test("gives the newest 100 unless told otherwise, oldest first, and none that is one too many", () => {
    const { broker } = newBroker({ historyOf: () => ({ size: 150, ttl_s: 60 }) });
    publish(broker, ...Array.from({ length: 200 }, () => "a"));
    const offsets = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
    expect(read(broker, "a")).toEqual({ offset: 200, offsets: offsets(101, 200) });
    expect(read(broker, "a", { limit: 2 })).toEqual({ offset: 200, offsets: [199, 200] });
    expect(read(broker, "a", { limit: 0 })).toEqual({ offset: 200, offsets: [] });
    expect(read(broker, "a", { limit: 1000 })).toEqual({ offset: 200, offsets: offsets(51, 200) });
  });

  test("since a position goes on where that is within reach, and else gives nothing", () => {
    const { broker } = newBroker();
    publish(broker, "a", "a", "a", "a", "a", "a", "a");
    const epoch = standings(broker, ["a"])[0]?.epoch ?? "";
    const since = (offset: number, limit?: number) => read(broker, "a", { since: { epoch, offset }, limit });
    expect(since(2)).toEqual({ offset: 7, recovered: true, offsets: [3, 4, 5, 6, 7] });
    expect(since(3, 2)).toEqual({ offset: 7, recovered: true, offsets: [4, 5] });
    expect(since(3, 0)).toEqual({ offset: 7, recovered: true, offsets: [] });
    expect(since(7)).toEqual({ offset: 7, recovered: true, offsets: [] });
    const lost = { offset: 7, recovered: false, offsets: [] };
    expect([since(1), since(8), since(0)]).toEqual([lost, lost, lost]);
    expect(read(broker, "a", { since: { epoch: "another", offset: 5 } })).toEqual(lost);
  });

  test("a topic that is not kept has the store's floor, and nothing is created", () => {
    const { broker, clock } = newBroker({ keptTopics: 1 });
    publish(broker, "a1", "a1", "a2");
    expect(locate(broker, "a1", "a2", "a*")).toEqual([
      { floor: 2, topics: {} },
      { floor: 2, topics: { a2: [1, 1] } },
      { floor: 2, topics: { a2: [1, 1] } },
    ]);
    const epoch = standings(broker, ["a"])[0]?.epoch ?? "";
    expect(read(broker, "a1")).toEqual({ offset: 2, offsets: [] });
    expect(read(broker, "a1", { since: { epoch, offset: 2 } })).toEqual({
      offset: 2,
      recovered: true,
      offsets: [],
    });
    expect(read(broker, "a1", { since: { epoch, offset: 1 } })).toEqual({
      offset: 2,
      recovered: false,
      offsets: [],
    });
    expect(read(broker, "a1", { since: { epoch, offset: 3 } })).toEqual({
      offset: 2,
      recovered: false,
      offsets: [],
    });
    expect(locate(broker, "a*")).toEqual([{ floor: 2, topics: { a2: [1, 1] } }]);
    expect(clock.timers).toBe(1);
  });
});

describe("locating", () => {
  test("a pattern gives the topics that it matches, whatever their rule", () => {
    const { broker } = newBroker();
    publish(broker, "a:1", "a:2", "a:2", "b:1", "b:1", "b:10", "c", "x:1");
    expect(locate(broker, "a:*", "b:1*", "*", "d*", "b:1")).toEqual([
      { floor: 0, topics: { "a:1": [1, 1], "a:2": [1, 2] } },
      { floor: 0, topics: { "b:1": [2, 2], "b:10": [1, 1] } },
      { floor: 0, topics: { "a:1": [1, 1], "a:2": [1, 2], "b:1": [2, 2], "b:10": [1, 1], c: [1, 1] } },
      { floor: 0, topics: {} },
      { floor: 0, topics: { "b:1": [2, 2] } },
    ]);
  });

  test("more than 1000 topics are not named", () => {
    const { broker } = newBroker({ keptTopics: 2000 });
    publish(broker, ...Array.from({ length: 1000 }, (_, at) => `a:${at}`), "b");
    expect(Object.keys(locate(broker, "a:*")[0]?.topics ?? {})).toHaveLength(1000);
    expect(locate(broker, "*")).toEqual([{ floor: 0, topics: undefined }]);
    const together = locate(broker, "x", ...Array.from({ length: 5 }, () => "a:*"), "b", "none*");
    expect(together.map(({ topics }) => topics && Object.keys(topics).length)).toEqual([
      ...[0, 1000, 1000, 1000, 1000],
      ...[undefined, 1, 0],
    ]);
  });
});
