import { expect, test } from "bun:test";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

test("it begins now, and stands still", async () => {
  const before = Date.now();
  const clock = new ManualClock();
  const now = clock.now();
  expect(now >= before && now <= Date.now()).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect([clock.now(), clock.elapsed()]).toEqual([now, 0]);
});

test("what falls due is called in order, at its own time, and what was cancelled is not", () => {
  const clock = new ManualClock(1000);
  const called: [string, number][] = [];
  const at = (name: string) => () => void called.push([name, clock.now()]);
  clock.after(20, at("second"));
  clock.after(10, () => clock.after(5, at("first")));
  clock.after(15, at("never"))();
  clock.after(31, at("later"));
  clock.advance(30);
  const wanted: typeof called = [
    ["first", 1015],
    ["second", 1020],
  ];
  expect(called).toEqual(wanted);
  expect([clock.now(), clock.elapsed(), clock.timers]).toEqual([1030, 30, 1]);
});

test("advanceAsync lets what a timer begins come to rest before the next one", async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const answer = async () => {
    for (let hops = 0; hops < 10; hops++) await null;
    told.push("answered");
    clock.after(10, () => told.push("asked again"));
  };
  clock.after(10, () => void answer());
  clock.after(15, () => told.push("later"));
  await clock.advanceAsync(30);
  expect(told).toEqual(["answered", "later", "asked again"]);
  expect(clock.elapsed()).toBe(30);
});

test("it refuses what the runtimes' timers cannot hold", () => {
  const clock = new ManualClock();
  for (const ms of [-1, 2 ** 31, Number.NaN]) expect(() => clock.after(ms, () => {})).toThrow(RangeError);
});

test("it can be put to another time, and stop with its process", () => {
  const clock = new ManualClock(1000);
  const called: number[] = [];
  clock.after(10, () => called.push(clock.now()));
  clock.set(500);
  clock.pause(40);
  expect(called).toEqual([540]);
});
