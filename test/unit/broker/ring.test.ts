import { expect, test } from "bun:test";
import { Ring } from "../../../src/broker/ring.ts";

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
