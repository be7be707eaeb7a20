import { describe, expect, test } from "bun:test";
import { count, type Rate, Window } from "../../../src/hub/rate-limit.ts";

const NOW = 1_795_376_400_000;

/** How many of `tries` at one moment pass, and how long the next one is told to wait. */
function pass(
  rate: Rate,
  now: number,
  tries: number,
  from = 0,
): { passed: number; wholeAt: number; wait: number } {
  let [wholeAt, passed, wait] = [from, 0, 0];
  for (let at = 0; at < tries; at++) {
    const counted = count(wholeAt, now, rate);
    wholeAt = counted.wholeAt;
    wait = counted.waitMs;
    if (wait === 0) passed++;
  }
  return { passed, wholeAt, wait };
}

describe("a rate", () => {
  const rate = { perSecond: 50, burst: 100 };

  test("lets the burst through at once, and says when the next one may come", () => {
    expect(pass(rate, NOW, 1000)).toMatchObject({ passed: 100, wait: 20 });
  });

  test("is kept to in the long run", () => {
    const { wholeAt } = pass(rate, NOW, 1000);
    const later = pass(rate, NOW + 1000, 1000, wholeAt);
    expect(later.passed).toBe(50);
    expect(pass(rate, NOW + 1000 + 20, 1000, later.wholeAt).passed).toBe(1);
  });

  test("gives the whole burst back after a rest, and not more", () => {
    const { wholeAt } = pass(rate, NOW, 1000);
    expect(pass(rate, NOW + 2000, 1000, wholeAt).passed).toBe(100);
    expect(pass(rate, NOW + 3_600_000, 1000, wholeAt).passed).toBe(100);
  });

  test("is right about how long to wait", () => {
    const { wholeAt, wait } = pass(rate, NOW, 101);
    expect(count(wholeAt, NOW + wait - 1, rate).waitMs).toBe(1);
    expect(count(wholeAt, NOW + wait, rate).waitMs).toBe(0);
  });

  test("does not count what it refused", () => {
    const { wholeAt } = pass(rate, NOW, 100);
    expect(pass(rate, NOW, 100_000, wholeAt).wholeAt).toBe(wholeAt);
  });

  test.each([
    { perSecond: 1, burst: 1 },
    { perSecond: 2, burst: 1 },
    { perSecond: 50, burst: 100 },
    { perSecond: 1000, burst: 3 },
  ])("%j is what it says", (given) => {
    expect(pass(given, NOW, given.burst * 2).passed).toBe(given.burst);
  });
});

describe("a window", () => {
  test("tells of the twentieth thing within ten seconds", () => {
    const window = new Window(20, 10_000);
    const told = Array.from({ length: 25 }, (_, at) => window.add(NOW + at));
    expect(told.indexOf(true)).toBe(19);
    expect(told.filter(Boolean)).toHaveLength(6);
  });

  test("forgets what is ten seconds old", () => {
    const window = new Window(20, 10_000);
    for (let at = 0; at < 19; at++) expect(window.add(NOW)).toBe(false);
    expect(window.add(NOW + 10_000)).toBe(false);
    for (let at = 0; at < 18; at++) expect(window.add(NOW + 10_000)).toBe(false);
    expect(window.add(NOW + 19_999)).toBe(true);
  });

  test("never tells where things come slowly enough", () => {
    const window = new Window(20, 10_000);
    for (let at = 0; at < 1000; at++) expect(window.add(NOW + at * 527)).toBe(false);
  });
});
