import { describe, expect, test } from "bun:test";
import {
  covers,
  isPattern,
  isTopic,
  matches,
  selectorFault,
  TOPIC_BYTES,
  topicFault,
} from "../../../src/protocol/topic.ts";

const EMPTY = "A topic has at least one character";
const LONG = "A topic has at most 255 bytes of UTF-8";
const DOTS = "A topic is not '.' or '..'";
const STAR = "'*' may only stand at the end, where it makes a pattern";
const CHARACTERS = "A topic has no white space, control, format or surrogate characters";

const topics = [
  "a",
  "event:after_backup",
  "app_log",
  "...",
  ".a",
  "a.",
  "a/b?c#d%20e",
  "Ünïcödé",
  "主题",
  "😀",
  // Combining marks and private use are neither control nor format characters.
  "e\u0301",
  "\ue000",
  "__proto__",
  "x".repeat(255),
  "é".repeat(127),
  `${"é".repeat(127)}x`,
  "主".repeat(85),
  `${"😀".repeat(63)}abc`,
];

const faulty: [value: string, fault: string][] = [
  ["", EMPTY],
  ["x".repeat(256), LONG],
  ["é".repeat(128), LONG],
  [`${"主".repeat(85)}x`, LONG],
  [`${"😀".repeat(63)}abcd`, LONG],
  [".", DOTS],
  ["..", DOTS],
  ["a*b", STAR],
  ["*a", STAR],
  [" ", CHARACTERS],
  ["a b", CHARACTERS],
  ["a\u00a0b", CHARACTERS],
  ["a\u2028", CHARACTERS],
  ["a\u3000", CHARACTERS],
  ["a\n", CHARACTERS],
  ["a\u0000", CHARACTERS],
  ["a\u007f", CHARACTERS],
  ["a\u0085", CHARACTERS],
  ["a\u00ad", CHARACTERS],
  ["a\u200b", CHARACTERS],
  ["\u200ea", CHARACTERS],
  ["a\u202e", CHARACTERS],
  ["\ufeffa", CHARACTERS],
  ["a\ud800", CHARACTERS],
  ["\udc00a", CHARACTERS],
  ["\u{e0001}", CHARACTERS],
];

describe("a topic", () => {
  test.each(topics)("%j is one", (value) => {
    expect(topicFault(value)).toBeUndefined();
    expect(isTopic(value)).toBe(true);
    expect(selectorFault(value)).toBeUndefined();
  });

  test.each(faulty)("%j is none", (value, fault) => {
    expect(topicFault(value)).toBe(fault);
    expect(isTopic(value)).toBe(false);
    expect(selectorFault(value)).toBe(fault);
  });

  test("is not looked at for long where it is endless", () => {
    expect(topicFault("x".repeat(10_000_000))).toBe(LONG);
    expect(selectorFault(`${"x".repeat(10_000_000)}*`)).toBe(LONG);
  });

  test("is no pattern", () => {
    for (const pattern of ["*", "a*"]) {
      expect(isPattern(pattern)).toBe(true);
      expect(topicFault(pattern)).toBe(STAR);
    }
    for (const topic of ["a", "", "*a", "a*b"]) expect(isPattern(topic)).toBe(false);
  });
});

describe("a pattern", () => {
  test.each(["*", "event:*", "e*", ".a*", "...*", `${"é".repeat(127)}x*`])("%j is one", (pattern) => {
    expect(selectorFault(pattern)).toBeUndefined();
  });

  const patterns: [value: string, fault: string][] = [
    ["**", STAR],
    ["a**", STAR],
    ["a*b*", STAR],
    [".*", DOTS],
    ["..*", DOTS],
    ["a b*", CHARACTERS],
    ["a\u200e*", CHARACTERS],
    ["\ud83d*", CHARACTERS],
    [`${"x".repeat(256)}*`, LONG],
    [`${"é".repeat(128)}*`, LONG],
  ];
  test.each(patterns)("%j is none", (value, fault) => {
    expect(selectorFault(value)).toBe(fault);
  });

  test("stands for a prefix as long as a topic may be", () => {
    const topic = "x".repeat(TOPIC_BYTES);
    expect(selectorFault(`${topic}*`)).toBeUndefined();
    expect(matches(`${topic}*`, topic)).toBe(true);
  });
});

const matching: [selector: string, topic: string, isMatch: boolean][] = [
  ["*", "a", true],
  ["event:*", "event:a", true],
  ["event:*", "event:", true],
  ["event:*", "event", false],
  ["event:*", "Event:a", false],
  ["event:*", "my-event:a", false],
  ["e*", "event:a", true],
  ["event:a", "event:a", true],
  ["event:a", "event:ab", false],
  ["event:ab", "event:a", false],
  // Byte by byte: the same letter, composed and decomposed, makes two topics.
  ["é", "e\u0301", false],
  ["é*", "e\u0301x", false],
  ["e*", "e\u0301", true],
];
test.each(matching)("%j selects %j: %p", (selector, topic, isMatch) => {
  expect(matches(selector, topic)).toBe(isMatch);
  // What selects a topic is a grant of it.
  expect(covers(selector, topic)).toBe(isMatch);
});

const covering: [granted: string, wanted: string, isCovered: boolean][] = [
  ["*", "*", true],
  ["*", "event:*", true],
  ["event:*", "event:*", true],
  ["event:*", "event:after_*", true],
  ["event:after_*", "event:*", false],
  ["event:*", "*", false],
  ["event:*", "event*", false],
  ["event:a", "event:a*", false],
  ["event:a", "*", false],
  ["event:*", "events:*", false],
];
test.each(covering)("a grant of %j covers the pattern %j: %p", (granted, wanted, isCovered) => {
  expect(covers(granted, wanted)).toBe(isCovered);
});
