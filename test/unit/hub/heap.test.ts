import { expect, test } from "bun:test";
import { Heap } from "../../../src/hub/heap.ts";
import { Random } from "../../support/random.ts";

test("gives things in their order, however they came", () => {
  const random = new Random(5);
  for (let run = 0; run < 200; run++) {
    const heap = new Heap<number>((a, b) => a < b);
    const kept: number[] = [];
    const given: number[] = [];
    for (let at = 0; at < random.below(60); at++) {
      if (random.below(3) > 0) {
        const item = random.below(20);
        heap.add(item);
        kept.push(item);
        continue;
      }
      const least = kept.toSorted((a, b) => a - b)[0];
      expect(heap.first).toBe(least as number);
      expect(heap.shift()).toBe(least as number);
      if (least !== undefined) kept.splice(kept.indexOf(least), 1);
    }
    while (heap.first !== undefined) given.push(heap.shift() as number);
    expect(given).toEqual(kept.toSorted((a, b) => a - b));
  }
});
