import { expect, test } from "bun:test";
import { Backlog } from "../../../src/hub/backlog.ts";
import { Random } from "../../support/random.ts";

test("gives texts in their order, and counts the bytes of those that wait", () => {
  const random = new Random(9);
  const backlog = new Backlog();
  const model: string[] = [];
  for (let at = 0; at < 5000; at++) {
    if (random.below(9) < (at < 2500 ? 5 : 4)) {
      const text = "x".repeat(random.below(30));
      backlog.push(text);
      model.push(text);
    } else expect(backlog.shift()).toBe(model.shift());
    expect(backlog.isEmpty).toBe(model.length === 0);
    expect(backlog.bytes).toBe(model.join("").length);
  }
});
