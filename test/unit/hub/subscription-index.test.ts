import { expect, test } from "bun:test";
import { SubscriptionIndex } from "../../../src/hub/subscription-index.ts";
import { matches } from "../../../src/protocol/topic.ts";
import { Random } from "../../support/random.ts";

/** The same as the index, by looking at everything. */
class Model {
  readonly pairs = new Set<string>();

  add = (selector: string, who: number) => void this.pairs.add(`${who} ${selector}`);
  remove = (selector: string, who: number) => void this.pairs.delete(`${who} ${selector}`);

  matching(topic: string): string[] {
    return [...this.pairs].filter((pair) => matches(pair.slice(pair.indexOf(" ") + 1), topic));
  }

  get selectors(): Set<string> {
    return new Set([...this.pairs].map((pair) => pair.slice(pair.indexOf(" ") + 1)));
  }
}

const TOPICS = [
  "a",
  "ab",
  "abc",
  "abd",
  "b",
  "😀",
  "😀a",
  "é",
  "e\u0301",
  "__proto__",
  "event:a",
  "event:ab",
];
const SELECTORS = [...TOPICS, ...TOPICS.map((topic) => `${topic}*`), "*", "event:*", "\u{1f601}*"];
const STEPS = 4000;

function expectSame(index: SubscriptionIndex<number>, model: Model, told: string): void {
  for (const topic of TOPICS) {
    const found = index.matching(topic).flatMap((set) => [...set]);
    // Once for each selector by which a subscriber gets it.
    const wanted = model.matching(topic).map((pair) => Number.parseInt(pair, 10));
    expect(found.sort(), `${told}: ${topic}`).toEqual(wanted.sort());
  }
  expect(index.size, told).toBe(model.selectors.size);
}

test("an index does what looking at everything does, whatever the order of things", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const index = new SubscriptionIndex<number>();
  const model = new Model();
  for (let step = 0; step < STEPS; step++) {
    const [selector, who] = [random.of(SELECTORS), random.below(4)];
    // As often taken away as added, so that sets are emptied again and again.
    const verb = random.of(["add", "remove"] as const);
    index[verb](selector, who);
    model[verb](selector, who);
    const told = `seed ${seed}, step ${step}: ${verb} ${selector} ${who}`;
    expect(index.has(selector, who), told).toBe(verb === "add");
    expect(index.has(selector), told).toBe(model.selectors.has(selector));
    if (step % 20 === 0) expectSame(index, model, told);
  }
  for (const selector of SELECTORS) for (const who of [0, 1, 2, 3]) index.remove(selector, who);
  expect(index.size).toBe(0);
  expect(TOPICS.flatMap((topic) => index.matching(topic))).toEqual([]);
});

test("what was never added may be taken away", () => {
  const index = new SubscriptionIndex<string>();
  index.remove("a*", "x");
  index.add("a*", "y");
  index.remove("a*", "x");
  index.remove("a", "y");
  expect(index.matching("ab").map((set) => [...set])).toEqual([["y"]]);
});
