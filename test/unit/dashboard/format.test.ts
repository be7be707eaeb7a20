import { expect, test } from "bun:test";
import {
  compactJson,
  formatBytes,
  formatCount,
  formatMemory,
  formatRate,
  formatSpan,
  formatTime,
  plural,
  prettyJson,
} from "../../../src/dashboard/format.ts";

test("rates have a digit after the point only where it says something", () => {
  expect([0, 0.2, 9.94, 10.4, 4321].map(formatRate)).toEqual(["0", "0.2", "9.9", "10", "4,321"]);
});

test("counts, bytes and memory", () => {
  expect([formatCount(1234567), plural(1, "topic"), plural(2000, "topic")]).toEqual([
    ...["1,234,567", "1 topic", "2,000 topics"],
  ]);
  expect([0, 1023, 1024, 1_572_864].map(formatBytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
  expect([256.5, 1024, 2560].map(formatMemory)).toEqual(["256.5 MiB", "1.00 GiB", "2.50 GiB"]);
});

test("spans come in their largest units, and are never below none", () => {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  expect([-5, 400, 12_000, 3 * minute, hour, hour + 5 * minute, 2 * day + hour].map(formatSpan)).toEqual([
    ...["0 s", "0 s", "12 s", "3 min", "1 h", "1 h 5 min", "2 d 1 h"],
  ]);
});

test("the time of day has milliseconds; what is no time has none", () => {
  const time = new Date(2026, 10, 3, 4, 5, 6, 7).getTime();
  expect(formatTime(time)).toBe("04:05:06.007");
  expect(formatTime(Number.NaN)).toBe("–");
  expect(formatTime(1e300)).toBe("–");
});

test("any JSON in one line, cut where it is long", () => {
  expect(compactJson({ a: [1, null] })).toBe('{"a":[1,null]}');
  expect(compactJson("two\n lines\n")).toBe("two lines");
  expect(compactJson("x".repeat(20), 5)).toBe("xxxxx…");
  expect(compactJson(undefined)).toBe("");
});

test("JSON as one reads it; a text as it is", () => {
  expect(prettyJson({ a: 1 })).toBe('{\n  "a": 1\n}');
  expect(prettyJson("a\nb")).toBe("a\nb");
});
