import type { TopicRuleInput } from "../../src/hub/topic-rules.ts";
import type { Random } from "../support/random.ts";

export const TOPICS: readonly string[] = ["a:1", "a:2", "a:3", "b:1", "b:2", "b:3", "c:1", "c:2"];
export const SELECTORS: readonly string[] = [...TOPICS, "a:*", "b:*", "c:*", "*"];
export const CLIENTS = 5;

/** What one run is made of. */
export interface Profile {
  rules: readonly TopicRuleInput[];
  kept_topics: number;
  kept_bytes: number;
  unsent_bytes: number;
  /** How long the data of a publication may be. */
  lengths: readonly number[];
  /** How many publications come at once, at most. */
  burst: number;
  /** True where the broker takes its time, as one that is elsewhere does. */
  isRemote: boolean;
  /** Of a hundred reads of history, how many fail. */
  failures: number;
  /** Of a hundred readers, how many are slow. */
  slow: number;
  /** True where what is delivered, or asked for, makes a listener act at once. */
  isNested: boolean;
}

// The window of a replay is 64 KiB: only what is large makes one wait. With what else may be unsent it stays below the
// 256 KiB that a socket is given at once: what waits outside is a test of its own (test/unit/hub/outbox-order.test.ts).
const SMALL = [
  { unsent_bytes: 500, lengths: [0, 10, 100] },
  { unsent_bytes: 1500, lengths: [0, 10, 100] },
  { unsent_bytes: 4000, lengths: [0, 50, 300, 3000] },
];
const LARGE = [
  { unsent_bytes: 20_000, lengths: [10, 10, 4000, 15_000] },
  { unsent_bytes: 50_000, lengths: [10, 10, 15_000, 30_000] },
  { unsent_bytes: 60_000, lengths: [10, 10, 30_000, 59_000] },
];

export function profileOf(random: Random): Profile {
  const history = { size: random.of([1, 2, 3, 8, 40, 100]), ttl_s: random.of([1, 2, 60]) };
  const value = { size: 1, ttl_s: random.of([1, 60]) };
  const slow = () => random.of(["disconnect", "latest"] as const);
  const profile: Profile = {
    ...random.of(random.below(4) > 0 ? SMALL : LARGE),
    rules: [
      ...(random.below(3) === 0 ? [{ match: "a:1", history: value, slow: slow() }] : []),
      { match: "a:*", history, slow: slow() },
      { match: "b:*", history: random.of([value, value, history]), slow: slow() },
      ...(random.below(2) === 0 ? [{ match: "c:*", slow: slow() }] : []),
    ],
    kept_topics: random.of([1, 2, 4, 1000, 1000, 1000]),
    kept_bytes: random.of([1500, 6000, 60_000, 2 ** 28, 2 ** 28, 2 ** 28, 2 ** 28]),
    burst: random.of([1, 3, 10, 45]),
    isRemote: random.below(3) === 0,
    failures: random.of([0, 0, 0, 20]),
    slow: random.of([0, 50, 80]),
    isNested: random.below(2) === 0,
  };
  return random.below(200) === 0 ? { ...profile, ...DEEP } : profile;
}

/** More is missed than a replay sends in one turn. */
const DEEP = {
  rules: [{ match: "*", history: { size: 2000, ttl_s: 600 } }],
  unsent_bytes: 100_000,
  lengths: [0],
  kept_topics: 1000,
  kept_bytes: 2 ** 28,
  burst: 500,
};
