import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { locate, newBroker, publish, read, standings } from "./new-broker.ts";

describe("what has expired", () => {
  test("is not given, at the end of its time to the millisecond", () => {
    const { broker, clock } = newBroker();
    publish(broker, "a");
    clock.advance(1);
    publish(broker, "a");
    clock.advance(59_998);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [1, 2] });
    clock.advance(1);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [2] });
    clock.advance(1);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [] });
  });

  test("leaves its topic where it stood", () => {
    const { broker, clock } = newBroker();
    publish(broker, "a", "a");
    clock.advance(3_600_000);
    expect(locate(broker, "a", "*")).toEqual([
      { floor: 0, topics: { a: [3, 2] } },
      { floor: 0, topics: { a: [3, 2] } },
    ]);
    const epoch = standings(broker, ["a"])[0]?.epoch ?? "";
    const since = (offset: number) => read(broker, "a", { since: { epoch, offset } })?.recovered;
    expect([since(1), since(2), since(3)]).toEqual([false, true, false]);
    expect(publish(broker, "a")).toEqual([3]);
    expect([since(1), since(2), since(3)]).toEqual([false, true, true]);
  });

  test("is freed by one timer, which goes when there is nothing left", () => {
    const { broker, clock } = newBroker();
    expect(clock.timers).toBe(0);
    publish(broker, "x");
    expect(clock.timers).toBe(0);
    publish(broker, "c1", "a1", "a2", "b1", "b2");
    expect(clock.timers).toBe(1);
    clock.advance(599_999);
    expect(clock.timers).toBe(1);
    clock.advance(1);
    expect(clock.timers).toBe(0);
    publish(broker, "a1");
    expect(clock.timers).toBe(1);
  });

  test("is freed when its own time comes, and what follows within a second together", () => {
    const clock = new ManualClock();
    const waits: number[] = [];
    const { broker } = newBroker({
      clock: {
        now: () => clock.now(),
        elapsed: () => clock.elapsed(),
        after(ms, fn) {
          waits.push(ms);
          return clock.after(ms, fn);
        },
      },
    });
    publish(broker, "c");
    expect(waits.splice(0)).toEqual([600_000]);
    for (let at = 0; at < 100; at++) {
      publish(broker, `b${at}`);
      clock.advance(10);
    }
    expect(waits.splice(0)).toEqual([10_000]);
    clock.advance(9_000);
    expect(waits.splice(0)).toEqual([1000]);
    clock.advance(1_000);
    expect(waits.splice(0)).toEqual([589_000]);
  });

  test("gives its room to others before anybody loses a position, without being read", () => {
    // Three fit in: a topic takes a kilobyte, this publication a little more than four.
    const { broker, clock } = newBroker({ keptBytes: 17_000 });
    const json = `"${"x".repeat(2000)}"`;
    publish(broker, ["b1", json], ["a1", json]);
    clock.advance(10_000);
    publish(broker, ["a2", json], ["a3", json]);
    expect(locate(broker, "*")).toEqual([
      { floor: 0, topics: { b1: [2, 1], a1: [1, 1], a2: [1, 1], a3: [1, 1] } },
    ]);
    publish(broker, ["a4", json]);
    expect(locate(broker, "*")).toEqual([{ floor: 1, topics: { a2: [1, 1], a3: [1, 1], a4: [1, 1] } }]);
  });
});

describe("the clock", () => {
  test.each([-31_536_000_000, 31_536_000_000])("put %p ms on, keeps what was kept for its own time", (ms) => {
    const { broker, clock } = newBroker();
    publish(broker, "a");
    clock.advance(30_000);
    expect(read(broker, "a")).toEqual({ offset: 1, offsets: [1] });
    clock.set(clock.now() + ms);
    expect(read(broker, "a")).toEqual({ offset: 1, offsets: [1] });
    publish(broker, "a");
    clock.advance(29_999);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [1, 2] });
    clock.advance(1);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [2] });
    clock.advance(30_000);
    expect(read(broker, "a")).toEqual({ offset: 2, offsets: [] });
  });

  test("put back does not stop the timer, nor does it spin", () => {
    const { broker, clock } = newBroker();
    publish(broker, "a");
    clock.set(clock.now() - 86_400_000);
    clock.advance(59_999);
    expect(clock.timers).toBe(1);
    clock.advance(1);
    expect(clock.timers).toBe(0);
  });

  test("put right again takes nothing of what was published meanwhile", () => {
    const { broker, clock } = newBroker();
    const now = clock.now();
    clock.set(now - 3_600_000);
    publish(broker, "a");
    clock.set(now);
    expect(read(broker, "a")).toEqual({ offset: 1, offsets: [1] });
  });

  test("is waited for as long as a year", () => {
    const { broker, clock } = newBroker({ historyOf: () => ({ size: 1, ttl_s: 31_536_000 }) });
    publish(broker, "a");
    clock.advance(31_536_000_000 - 1);
    expect(read(broker, "a")).toEqual({ offset: 1, offsets: [1] });
    clock.advance(1);
    expect(read(broker, "a")).toEqual({ offset: 1, offsets: [] });
    expect(clock.timers).toBe(0);
  });
});
