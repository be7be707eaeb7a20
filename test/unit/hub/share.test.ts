import { expect, test } from "bun:test";
import { Share } from "../../../src/hub/share.ts";
import { ManualClock } from "../../support/manual-clock.ts";

function newShare() {
  const clock = new ManualClock();
  return { clock, share: new Share(clock) };
}

test("work is made up for by a rest of three times as long", () => {
  const { clock, share } = newShare();
  const end = share.begin();
  clock.spend(10);
  end();
  expect(share.restMs).toBe(30);
  clock.spend(22);
  // Little is owed still: it may be added to.
  expect(share.restMs).toBe(0);
});

test("a stretch within another is counted once", () => {
  const { clock, share } = newShare();
  const end = share.begin();
  const endInner = share.begin();
  clock.spend(7);
  endInner();
  clock.spend(3);
  end();
  expect(share.restMs).toBe(30);
});

test("what is left out is others' time, as in a rest", () => {
  const { clock, share } = newShare();
  const end = share.begin();
  clock.spend(10);
  share.leaveOut(() => clock.spend(5));
  end();
  expect(share.restMs).toBe(25);
});

test("what throws while it is left out is left out too", () => {
  const { clock, share } = newShare();
  const end = share.begin();
  const fault = new Error("no");
  expect(() =>
    share.leaveOut(() => {
      clock.spend(50);
      throw fault;
    }),
  ).toThrow(fault);
  end();
  expect(share.restMs).toBe(0);
});

test("it goes on whatever the time of the day is set to", () => {
  const { clock, share } = newShare();
  const end = share.begin();
  clock.spend(10);
  end();
  clock.set(clock.now() + 3_600_000);
  expect(share.restMs).toBe(30);
  clock.set(clock.now() - 7_200_000);
  expect(share.restMs).toBe(30);
});
