import { describe, expect, test } from "bun:test";
import { KeptPublication } from "../../../src/broker/kept-publication.ts";
import { KEPT_TOPIC_BYTES } from "../../../src/broker/kept-topic.ts";
import { envelope, locate, newBroker, publish, read } from "./new-broker.ts";

const json = `"${"x".repeat(100)}"`;
const bytesOf = (text: string) => new KeptPublication("a", envelope("a", text), 1, 1, 0).bytes;

describe("past the number of topics", () => {
  test("the one published to longest ago goes, whatever its rule or what it has left", () => {
    const { broker, clock } = newBroker({ keptTopics: 3 });
    publish(broker, "b1", "c1", "a1", "b1");
    clock.advance(10_000);
    publish(broker, "a2");
    expect(locate(broker, "*")).toEqual([{ floor: 1, topics: { a1: [1, 1], a2: [1, 1], b1: [3, 2] } }]);
    publish(broker, "a3");
    expect(locate(broker, "*")).toEqual([{ floor: 1, topics: { a2: [1, 1], a3: [2, 2], b1: [3, 2] } }]);
    publish(broker, "a4");
    expect(locate(broker, "*")).toEqual([{ floor: 2, topics: { a2: [1, 1], a3: [2, 2], a4: [2, 2] } }]);
  });

  test("no offset comes twice: a topic that comes back goes on above all that went", () => {
    const { broker } = newBroker({ keptTopics: 1 });
    expect(publish(broker, "a1", "a1", "a1", "a2", "a1", "a2", "a2")).toEqual([1, 2, 3, 1, 4, 4, 5]);
    expect(locate(broker, "*")).toEqual([{ floor: 4, topics: { a2: [4, 5] } }]);
  });

  test("the floor never falls", () => {
    const { broker } = newBroker({ keptTopics: 2 });
    publish(broker, "a1", "a2", "a2", "a2", "a3", "a1");
    expect(locate(broker, "*")).toEqual([{ floor: 3, topics: { a1: [2, 2], a3: [1, 1] } }]);
    publish(broker, "a4");
    expect(locate(broker, "*")).toEqual([{ floor: 3, topics: { a1: [2, 2], a4: [4, 4] } }]);
  });

  test("those that went are not found by a pattern, nor do they count for it", () => {
    const { broker } = newBroker({ keptTopics: 2 });
    publish(broker, ...Array.from({ length: 1500 }, (_, at) => `a:${at}`));
    expect(locate(broker, "a*")[0]?.topics).toEqual({
      "a:1498": [expect.any(Number), expect.any(Number)],
      "a:1499": [expect.any(Number), expect.any(Number)],
    });
  });

  test("a topic without history takes no place", () => {
    const { broker } = newBroker({ keptTopics: 1 });
    publish(broker, "a1", "x1", "x2");
    expect(locate(broker, "*")).toEqual([{ floor: 0, topics: { a1: [1, 1] } }]);
  });
});

describe("past the number of bytes", () => {
  test("whole topics go, and only as many as make room", () => {
    const keptBytes = 3 * KEPT_TOPIC_BYTES + 4 * bytesOf(json) + 20;
    const { broker } = newBroker({ keptBytes });
    publish(broker, ["a1", json], ["a2", json], ["a3", json], ["a3", json]);
    expect(locate(broker, "*")).toEqual([{ floor: 0, topics: { a1: [1, 1], a2: [1, 1], a3: [1, 2] } }]);
    publish(broker, ["a3", json]);
    expect(locate(broker, "*")).toEqual([{ floor: 1, topics: { a2: [1, 1], a3: [1, 3] } }]);
  });

  test("the oldest of the only topic go", () => {
    const { broker } = newBroker({ keptBytes: KEPT_TOPIC_BYTES + 2 * bytesOf(json) });
    publish(broker, ["a", json], ["a", json], ["a", json]);
    expect(read(broker, "a")).toEqual({ offset: 3, offsets: [2, 3] });
  });

  test("one that is too large for the store is delivered, and leaves its position", () => {
    const { broker, delivered } = newBroker({ keptBytes: 2000 });
    expect(publish(broker, "a", ["a", `"${"x".repeat(2000)}"`])).toEqual([1, 2]);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [] });
    expect(delivered).toHaveLength(2);
    expect(publish(broker, "a")).toEqual([3]);
    expect(read(broker, "a")).toEqual({ offset: 3, offsets: [3] });
  });

  test("what was dropped, expired or evicted counts no more", () => {
    const { broker, clock } = newBroker({ keptBytes: 2 * KEPT_TOPIC_BYTES + 6 * bytesOf(json) + 60 });
    for (let round = 0; round < 100; round++) {
      publish(broker, ["a", json], ["d", json], ["a", json], ["b1", json]);
      if (round % 3 === 0) clock.advance(20_000);
      if (round % 7 === 0) clock.advance(700_000);
    }
    clock.advance(700_000);
    publish(broker, ["a", json], ["d", json], ["a", json], ["d", json], ["d", json], ["a", json]);
    const [standing] = locate(broker, "*");
    expect(Object.keys(standing?.topics ?? {})).toEqual(["a", "d"]);
    expect([read(broker, "a")?.offsets.length, read(broker, "d")?.offsets.length]).toEqual([3, 3]);
  });
});

test("what an engine holds in two bytes a character counts twice", () => {
  const plain = bytesOf("x".repeat(1000));
  expect(bytesOf(`${"x".repeat(999)}é`)).toBe(plain);
  expect(bytesOf("x".repeat(1001))).toBe(plain + 2);
  expect(bytesOf(`${"x".repeat(999)}☃`)).toBeGreaterThan(plain + 2000);
});
