import { expect, test } from "bun:test";
import { callAt, systemClock } from "../../../src/hub/clock.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

// More than a timer holds: 2^31 - 1 ms are some 25 days.
const LONG_MS = 30 * 86_400_000;
const LOOK_MS = 30_000;

function callIn(clock: ManualClock, ms: number): { calls: number[]; cancel: () => void } {
  const calls: number[] = [];
  const start = clock.now();
  const cancel = callAt(clock, start + ms, () => void calls.push(clock.now() - start));
  return { calls, cancel };
}

test.each([1, 1000, LOOK_MS, LOOK_MS + 1, LONG_MS, LONG_MS + 7])("a time %p ms away is kept to", (ms) => {
  const clock = new ManualClock();
  const { calls } = callIn(clock, ms);
  clock.advance(ms - 1);
  expect(calls).toEqual([]);
  clock.advance(1);
  expect(calls).toEqual([ms]);
  clock.advance(LONG_MS);
  expect(calls).toEqual([ms]);
  expect(clock.timers).toBe(0);
});

test.each([0, -1, -LONG_MS])("a time %p ms away still takes a turn", (ms) => {
  const clock = new ManualClock();
  const { calls } = callIn(clock, ms);
  expect(calls).toEqual([]);
  clock.advance(0);
  expect(calls).toEqual([0]);
});

test("a time between two milliseconds is not early, and one without end never comes", () => {
  const clock = new ManualClock();
  const { calls } = callIn(clock, 1.5);
  const never = callIn(clock, Number.POSITIVE_INFINITY);
  clock.advance(1);
  expect(calls).toEqual([]);
  clock.advance(1);
  expect(calls).toEqual([2]);
  clock.advance(LONG_MS);
  expect(never.calls).toEqual([]);
});

test.each([0, LOOK_MS, LONG_MS])("what is cancelled after %p ms does not happen", (ms) => {
  const clock = new ManualClock();
  const { calls, cancel } = callIn(clock, 2 * LONG_MS);
  clock.advance(ms);
  cancel();
  cancel();
  expect(clock.timers).toBe(0);
  clock.advance(2 * LONG_MS);
  expect(calls).toEqual([]);
});

test("a clock that was set back makes it wait for the time, not the timer", () => {
  const clock = new ManualClock();
  const start = clock.now();
  const { calls } = callIn(clock, 1000);
  clock.advance(999);
  clock.set(start - 5000);
  clock.advance(6000 - 1);
  expect(calls).toEqual([]);
  clock.advance(1);
  expect(calls).toEqual([1000]);
});

test("a clock that was put forward past the time is seen to be half a minute later at most", () => {
  const clock = new ManualClock();
  const { calls } = callIn(clock, 3_600_000);
  clock.advance(LOOK_MS + 1);
  clock.set(clock.now() + 3_600_000);
  clock.advance(LOOK_MS - 2);
  expect(calls).toEqual([]);
  clock.advance(1);
  expect(calls).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

test("the runtime's own time goes on, and its timers can be cancelled", async () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.now()).toBeLessThan(before + 60_000);
  const calls: string[] = [];
  const start = systemClock.elapsed();
  expect(Number.isInteger(start)).toBe(true);
  await new Promise<void>((resolve) => {
    const cancel = systemClock.after(0, () => void calls.push("cancelled"));
    systemClock.after(1, () => {
      calls.push("called");
      resolve();
    });
    cancel();
  });
  expect(calls).toEqual(["called"]);
  expect(systemClock.elapsed() - start).toBeWithin(0, 60_000);
});
