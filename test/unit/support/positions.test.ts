import { expect, test } from "bun:test";
import { Positions } from "../../support/positions.ts";

const success = { status: "success" } as const;

test("a topic is resumed from the last publication that came", () => {
  const positions = new Positions();
  expect(positions.entryOf("a")).toEqual({ topic: "a" });
  expect(positions.subscribed({ ...success, topic: "a", epoch: "e", offset: 4 })).toBe("first");
  expect(positions.entryOf("a")).toEqual({ topic: "a", since: { epoch: "e", offset: 4 } });
  positions.received("a", 6);
  positions.received("a", 5);
  positions.received("b", 9);
  expect(positions.entryOf("a").since).toEqual({ epoch: "e", offset: 6 });
});

test("a recovery changes no position before it came, its failure does", () => {
  const positions = new Positions();
  positions.subscribed({ ...success, topic: "a", epoch: "e", offset: 4 });
  expect(positions.subscribed({ ...success, topic: "a", epoch: "e", offset: 9, recovered: true })).toBe(
    "recovered",
  );
  expect(positions.entryOf("a").since).toEqual({ epoch: "e", offset: 4 });
  expect(positions.subscribed({ ...success, topic: "a", epoch: "f", offset: 9, recovered: false })).toBe(
    "lost",
  );
  expect(positions.entryOf("a").since).toEqual({ epoch: "f", offset: 9 });
});

test("a pattern is resumed with its floor and every topic that came", () => {
  const positions = new Positions();
  const reply = { ...success, topic: "a*", epoch: "e", floor: 2, offsets: { a1: 4, a2: 3 } };
  positions.subscribed({ ...success, topic: "a1", epoch: "e", offset: 4 });
  expect(positions.subscribed(reply)).toBe("first");
  positions.received("a1", 5);
  positions.received("a3", 3);
  positions.received("b", 9);
  positions.subscribed({ ...reply, floor: 2, offsets: { a1: 9, a4: 3 }, recovered: true });
  const since = { epoch: "e", floor: 2, offsets: { a1: 5, a2: 3, a3: 3 } };
  expect(positions.entryOf("a*")).toEqual({ topic: "a*", since });
  expect(positions.entryOf("a1").since).toEqual({ epoch: "e", offset: 5 });
  expect(reply.offsets).toEqual({ a1: 4, a2: 3 });
});

test("replies that leave nothing to resume from are faults", () => {
  const positions = new Positions();
  expect(() => positions.subscribed({ ...success, topic: "a" })).toThrow("no position of a");
  expect(() => positions.subscribed({ ...success, topic: "a*", epoch: "e", offset: 1 })).toThrow(
    "no position",
  );
  expect(() => positions.subscribed({ status: "error", code: "unavailable", topic: "a" })).toThrow(
    "unavailable",
  );
  positions.subscribed({ ...success, topic: "a", epoch: "e", offset: 4 });
  expect(() => positions.subscribed({ ...success, topic: "a", epoch: "e", offset: 4 })).toThrow("neither");
});
