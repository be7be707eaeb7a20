import { expect, test } from "bun:test";
import { Rate } from "../../../src/dashboard/rate.ts";

test("it counts by whole seconds, and the one that runs counts once it is over", () => {
  const rate = new Rate();
  for (const at of [1000, 1400, 1999, 2000]) rate.count(at);
  expect(rate.series(2500).slice(-2)).toEqual([0, 3]);
  expect(rate.series(3000).slice(-2)).toEqual([3, 1]);
});

test("the rate is that of the last five whole seconds", () => {
  const rate = new Rate();
  for (let at = 10_000; at < 15_000; at += 100) rate.count(at);
  expect(rate.perSecond(15_000)).toBe(10);
  expect(rate.perSecond(17_500)).toBe(6);
  expect(rate.perSecond(20_000)).toBe(0);
});

test("a long silence leaves nothing of what was before, and a minute is all that is kept", () => {
  const rate = new Rate();
  rate.count(0);
  expect(rate.series(60_000).reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(rate.series(61_000).reduce((sum, count) => sum + count, 0)).toBe(0);
  rate.count(10_000_000);
  expect(rate.series(10_001_000)).toEqual([...new Array(59).fill(0), 1]);
});

test("a time that was over already counts now", () => {
  const rate = new Rate();
  rate.count(5000);
  rate.count(4000);
  expect(rate.series(6000).at(-1)).toBe(2);
});
