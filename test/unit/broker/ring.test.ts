import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { Ring } from "../../../src/broker/ring.ts";
import { turn } from "../hub/setup.ts";

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ number: from + at }));

test("what came first goes first, and the rest is read in its order", () => {
  const ring = new Ring<{ number: number }>();
  expect([ring.size, ring.first, ring.shift()]).toEqual([0, undefined, undefined]);
  for (let number = 1; number <= 1000; number++) {
    ring.push({ number });
    if (ring.size > 7) expect(ring.shift()).toEqual({ number: number - 7 });
    const oldest = Math.max(1, number - 6);
    expect(ring.first).toEqual({ number: oldest });
    expect(ring.slice(0, 100)).toEqual(numbered(oldest, number));
    expect(ring.slice(2, 3)).toEqual(numbered(oldest, number).slice(2, 5));
  }
  for (let number = 994; number <= 1000; number++) expect(ring.shift()).toEqual({ number });
  expect([ring.size, ring.shift(), ring.slice(0, 9)]).toEqual([0, undefined, []]);
  ring.push({ number: 1 });
  expect([ring.size, ring.first]).toEqual([1, { number: 1 }]);
});

test("what has gone is let go of", async () => {
  const ring = new Ring<{ number: number }>();
  const gone: WeakRef<object>[] = [];
  for (let number = 0; number < 1000; number++) ring.push({ number });
  for (let number = 0; number < 400; number++) {
    const item = ring.shift();
    if (item) gone.push(new WeakRef(item));
  }
  await turn();
  Bun.gc(true);
  // The engine's search of the stack may take a number for one of them.
  expect(gone.filter((ref) => ref.deref()).length).toBeLessThan(40);
  expect(ring.size).toBe(600);
});

test("however many pass through, it takes what those that stay take", () => {
  const ring = new Ring<{ number: number }>();
  const item = { number: 1 };
  const used = () => {
    Bun.gc(true);
    return heapStats().heapSize + heapStats().extraMemorySize;
  };
  const before = used();
  for (let round = 0; round < 1_000_000; round++) {
    ring.push(item);
    if (ring.size > 3) ring.shift();
  }
  expect(used() - before).toBeLessThan(2_000_000);
  expect(ring.size).toBe(3);
});
