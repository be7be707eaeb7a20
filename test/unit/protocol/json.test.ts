import { expect, test } from "bun:test";
import { isDeeperThan, isLongerThan, isRecord } from "../../../src/protocol/json.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

const depths: [text: string, depth: number][] = [
  ["1", 0],
  ["{}", 1],
  ['{"a":[{}]}', 3],
  // One beside the other is not deeper.
  ["[[],[],[]]", 2],
  ['[{"a":{}},{"b":{}}]', 3],
  // Brackets in strings, also behind escapes.
  ['"[[[["', 0],
  ['["[[{{"]', 1],
  ['["\\"[[["]', 1],
  ['["\\\\",[]]', 2],
  ['["\\\\\\"[[[",[]]', 2],
  ['{"[[":"]]"}', 1],
  ['["\\u005b[["]', 1],
  [nested(32), 32],
];
test.each(depths)("%s is %p deep", (text, depth) => {
  expect(isDeeperThan(text, depth)).toBe(false);
  if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true);
});

test("a text is looked at, whatever is wrong with it", () => {
  expect(isDeeperThan("", 0)).toBe(false);
  expect(isDeeperThan('"[[[', 0)).toBe(false);
  expect(isDeeperThan('"\\', 0)).toBe(false);
  expect(isDeeperThan("[[[", 2)).toBe(true);
  expect(isDeeperThan("[".repeat(1_000_000), 32)).toBe(true);
});

const lengths: [text: string, bytes: number][] = [
  ["", 0],
  ["abc", 3],
  ["é", 2],
  ["主", 3],
  ["😀", 4],
  ["a😀", 5],
  ["é".repeat(100), 200],
  // What is no UTF-16 goes out as U+FFFD.
  ["\ud800", 3],
];
test.each(lengths)("%j is %p bytes long", (text, bytes) => {
  expect(isLongerThan(text, bytes)).toBe(false);
  if (bytes > 0) expect(isLongerThan(text, bytes - 1)).toBe(true);
});

test("a record is an object, not null and no list", () => {
  expect([{}, Object.create(null), { a: 1 }].every(isRecord)).toBe(true);
  expect([null, undefined, [], "a", 1, true].some(isRecord)).toBe(false);
});
