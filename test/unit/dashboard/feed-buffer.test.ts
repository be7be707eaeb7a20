import { expect, test } from "bun:test";
import { FEED_SIZE, FeedBuffer, type FeedMessage, matcherOf } from "../../../src/dashboard/feed-buffer.ts";

const message = (fields: Partial<FeedMessage> = {}): FeedMessage => ({
  ...{ kind: "message", time: 0, topic: "event:a", type: "event", data: { n: 1 }, isDirect: false },
  ...fields,
});

test("what waits is taken once, oldest first", () => {
  const buffer = new FeedBuffer();
  for (const time of [1, 2, 3]) buffer.add(message({ time }));
  expect(buffer.waiting).toBe(3);
  const { entries, skipped } = buffer.take();
  expect(entries).toEqual([1, 2, 3].map((time) => message({ time })));
  expect([skipped, buffer.waiting]).toEqual([0, 0]);
});

test("while nobody looks it counts all and keeps the newest", () => {
  const buffer = new FeedBuffer();
  for (let time = 0; time < FEED_SIZE + 20; time++) buffer.add(message({ time }));
  expect(buffer.waiting).toBe(FEED_SIZE + 20);
  const { entries, skipped } = buffer.take();
  expect([entries.length, skipped]).toEqual([FEED_SIZE, 20]);
  expect(entries[0]).toEqual(message({ time: 20 }));
});

test("who wants fewer is told how many more there were", () => {
  const buffer = new FeedBuffer();
  for (let time = 0; time < 10; time++) buffer.add(message({ time }));
  const { entries, skipped } = buffer.take(3);
  expect([entries.map((entry) => "time" in entry && entry.time), skipped, buffer.waiting]).toEqual([
    [7, 8, 9],
    7,
    0,
  ]);
});

test("another filter brings back what it selects of the newest, and notes always", () => {
  const buffer = new FeedBuffer();
  buffer.filter(matcherOf("order", false));
  buffer.add(message({ topic: "event:a" }));
  buffer.add(message({ topic: "order:1" }));
  buffer.add({ kind: "break", text: "something may be missing" });
  expect(buffer.take().entries).toHaveLength(2);
  buffer.filter(matcherOf("", false));
  expect(buffer.take().entries.map(({ kind }) => kind)).toEqual(["message", "message", "break"]);
});

test("a filter wants every word, in topic, type or data, and none of those after a dash", () => {
  const matches = (text: string) =>
    matcherOf(text, false)(message({ topic: "event:Backup", data: { server: "survival" } }));
  for (const text of ["", "backup", "SURVIVAL event", "-creative", "surv -creative", "-"])
    expect([text, matches(text)]).toEqual([text, true]);
  for (const text of ["order", "backup order", "-survival", "event -backup"])
    expect([text, matches(text)]).toEqual([text, false]);
});

test("samples and logs are shown only when they are wanted", () => {
  for (const type of ["resource_update", "log_update"]) {
    expect(matcherOf("", false)(message({ type }))).toBe(false);
    expect(matcherOf("", true)(message({ type }))).toBe(true);
  }
});

test("a message without a topic is found by what else it has", () => {
  expect(matcherOf("hello", false)(message({ topic: undefined, data: "hello" }))).toBe(true);
});
