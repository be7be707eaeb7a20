import { expect, test } from "bun:test";
import { Ring } from "../../../src/dashboard/ring.ts";

test("it holds the newest, oldest first, and knows how many there were", () => {
  const ring = new Ring<number>(3);
  expect(ring.toArray()).toEqual([]);
  for (const item of [1, 2, 3]) ring.push(item);
  expect(ring.toArray()).toEqual([1, 2, 3]);
  for (const item of [4, 5]) ring.push(item);
  expect(ring.toArray()).toEqual([3, 4, 5]);
  expect([ring.length, ring.pushed]).toEqual([3, 5]);
});

test("what is taken is gone, and it begins anew", () => {
  const ring = new Ring<number>(2);
  for (const item of [1, 2, 3]) ring.push(item);
  expect(ring.take()).toEqual([2, 3]);
  expect([ring.toArray(), ring.pushed]).toEqual([[], 0]);
  ring.push(4);
  expect(ring.toArray()).toEqual([4]);
});
