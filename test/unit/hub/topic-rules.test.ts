import { describe, expect, test } from "bun:test";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { topicRules } from "../../../src/hub/topic-rules.ts";

const history = { size: 2, ttl_s: 60 };

test("the first rule that matches a topic counts, and none means no history", () => {
  const rules = topicRules([
    { match: "a:1" },
    { match: "a:*", history, slow: "latest" },
    { match: "a:2", history: { size: 9, ttl_s: 9 } },
  ]);
  expect(["a:1", "a:2", "a", "b"].map((topic) => rules.historyOf(topic))).toEqual([
    undefined,
    history,
    undefined,
    undefined,
  ]);
  expect(["a:1", "a:2", "b"].map((topic) => rules.isLatest(topic))).toEqual([false, true, false]);
});

describe("how much of a selector is kept", () => {
  const rules = topicRules([
    { match: "a:plain" },
    { match: "a:*", history },
    { match: "b:kept", history },
    { match: "b:*" },
    { match: "c*", history },
    { match: "cd*" },
    { match: "e*" },
    { match: "ef*", history },
  ]);
  const cases: [selector: string, coverage: "all" | "some" | "none"][] = [
    ["a:1", "all"],
    ["a:plain", "none"],
    ["a:*", "some"],
    ["a:p*", "some"],
    ["a:x*", "all"],
    ["b:*", "some"],
    ["b:kept", "all"],
    ["b:x*", "none"],
    ["c*", "all"],
    ["cd*", "all"],
    ["e*", "none"],
    ["ef*", "none"],
    ["*", "some"],
    ["d*", "none"],
    ["d", "none"],
  ];
  test.each(cases)("%s: %s", (selector, coverage) => {
    expect(rules.coverageOf(selector)).toBe(coverage);
  });
});

test("a rule that no topic is left for says nothing of the patterns that select it", () => {
  const rules = topicRules([{ match: "a*" }, { match: "ab*", history }]);
  expect([rules.coverageOf("*"), rules.historyOf("abc")]).toEqual(["none", undefined]);
});

test("rules that are none are a TypeError that names each fault", () => {
  expect(() => topicRules([{ match: "a b", history: { size: 0, ttl_s: 1.5 } }])).toThrow(
    new TypeError(
      "'topics.0.match' takes a topic, or a pattern with '*' at its end, got \"a b\"; 'topics.0.history.size' takes a whole number from 1 to 1000000, got 0; 'topics.0.history.ttl_s' takes a whole number from 1 to 31536000, got 1.5",
    ),
  );
});

test("so are limits of histories that are none; those of anything else are not the hub's", () => {
  const limits = { kept_topics: 0, kept_bytes: Number.NaN };
  expect(() => new TopicHub({ limits })).toThrow(
    new TypeError(
      "'limits.kept_topics' takes a whole number from 1 to 10000000, got 0; 'limits.kept_bytes' takes a whole number from 1024 to 68719476736, got NaN",
    ),
  );
  const given: object = { kept_topics: 3, connections: -1 };
  expect(new TopicHub({ limits: given }).settings.limits).toEqual({ kept_topics: 3, kept_bytes: 2 ** 28 });
});
