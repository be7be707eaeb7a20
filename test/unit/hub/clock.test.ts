import { expect, test } from "bun:test";
import { callAt, systemClock } from "../../../src/hub/clock.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const LONGEST_MS = 2 ** 31 - 1;

function callIn(clock: ManualClock, ms: number): { calls: number[]; cancel: () => void } {
  const calls: number[] = [];
  const start = clock.now();
  const cancel = callAt(clock, start + ms, () => void calls.push(clock.now() - start));
  return { calls, cancel };
}

test.each([1, 1000, LONGEST_MS, LONGEST_MS + 1, 3 * LONGEST_MS + 7, 100 * 365 * 86_400_000])(
  "a time %p ms away is kept to",
  (ms) => {
    const clock = new ManualClock();
    const { calls } = callIn(clock, ms);
    clock.advance(ms - 1);
    expect(calls).toEqual([]);
    clock.advance(1);
    expect(calls).toEqual([ms]);
    clock.advance(10 * LONGEST_MS);
    expect(calls).toEqual([ms]);
    expect(clock.timers).toBe(0);
  },
);

test.each([0, -1, -LONGEST_MS * 5])("a time %p ms away still takes a turn", (ms) => {
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
  clock.advance(10 * LONGEST_MS);
  expect(never.calls).toEqual([]);
});

test.each([0, LONGEST_MS, 2 * LONGEST_MS])("what is cancelled after %p ms does not happen", (ms) => {
  const clock = new ManualClock();
  const { calls, cancel } = callIn(clock, 3 * LONGEST_MS);
  clock.advance(ms);
  cancel();
  cancel();
  expect(clock.timers).toBe(0);
  clock.advance(10 * LONGEST_MS);
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

test("the runtime's own time goes on, and its timers can be cancelled", async () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.now()).toBeLessThan(before + 60_000);
  const calls: string[] = [];
  await new Promise<void>((resolve) => {
    const cancel = systemClock.after(0, () => void calls.push("cancelled"));
    systemClock.after(1, () => {
      calls.push("called");
      resolve();
    });
    cancel();
  });
  expect(calls).toEqual(["called"]);
});
