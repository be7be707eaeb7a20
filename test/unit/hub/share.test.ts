import { expect, test } from "bun:test";
import { Share } from "../../../src/hub/share.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { turn } from "./setup.ts";

function newShare() {
  const clock = new ManualClock();
  const share = new Share(clock);
  return { clock, share, spend: (ms: number) => share.measure(() => clock.spend(ms)) };
}

test("work is made up for by a rest of three times as long", () => {
  const { clock, share, spend } = newShare();
  spend(10);
  expect(share.restMs).toBe(30);
  clock.spend(22);
  // Little is owed still: it may be added to.
  expect([share.restMs, share.isEven]).toEqual([0, false]);
  clock.spend(8);
  expect(share.isEven).toBe(true);
});

test("work that takes long in one piece counts three times: it leaves as much to collect", () => {
  const { clock, share, spend } = newShare();
  spend(20);
  expect(share.restMs).toBe(20 * 3 * 4 - 20);
  clock.spend(220);
  expect(share.isEven).toBe(true);
});

test("work within work is counted once", () => {
  const { clock, share, spend } = newShare();
  share.measure(() => {
    spend(7);
    clock.spend(3);
  });
  expect(share.restMs).toBe(30);
});

test("what is left out is others' time, as in a rest", () => {
  const { clock, share } = newShare();
  share.measure(() => {
    clock.spend(10);
    share.leaveOut(() => clock.spend(5));
  });
  expect(share.restMs).toBe(25);
});

test("what throws is counted, or left out, as what does not", async () => {
  const { clock, share } = newShare();
  const fault = new Error("no");
  const fail = () => {
    clock.spend(10);
    throw fault;
  };
  expect(() => share.leaveOut(fail)).toThrow(fault);
  expect(share.restMs).toBe(0);
  expect(() => share.measure(fail)).toThrow(fault);
  expect(share.restMs).toBe(30);
  clock.advance(100);
  expect(share.measure(async () => fail())).rejects.toBe(fault);
  await turn();
  expect(share.restMs).toBe(30);
});

test("what is waited for is not counted, and what is worked out after a promise is", async () => {
  const { clock, share } = newShare();
  const answer = Promise.withResolvers<void>();
  const waiting = share.measure(() => answer.promise);
  clock.advance(1000);
  answer.resolve();
  await waiting;
  expect(share.isEven).toBe(true);
  await share.measure(async () => {
    await Promise.resolve();
    clock.spend(10);
  });
  expect(share.restMs).toBe(30);
});

test("who asks while it rests has its turn after who asked before, one after the other", async () => {
  const { clock, share, spend } = newShare();
  const done: string[] = [];
  const take = (name: string) =>
    share.take(() => {
      done.push(name);
      clock.spend(10);
      return name;
    });
  spend(10);
  const taken = ["a", "b"].map(take);
  await turn();
  expect(done).toEqual([]);
  clock.advance(30);
  await turn();
  expect(done).toEqual(["a"]);
  clock.advance(30);
  expect(await Promise.all(taken)).toEqual(["a", "b"]);
});

test("what fails in its turn, or waits for something, does not hold who comes after it", async () => {
  const { share } = newShare();
  const fault = new Error("no");
  const failing = share.take(() => {
    throw fault;
  });
  const waiting = share.take(() => new Promise(() => {}));
  expect(await share.take(() => "c")).toBe("c");
  expect(failing).rejects.toBe(fault);
  expect(await Promise.race([waiting, "waits"])).toBe("waits");
});

test("it goes on whatever the time of the day is set to", () => {
  const { clock, share, spend } = newShare();
  spend(10);
  clock.set(clock.now() + 3_600_000);
  expect(share.restMs).toBe(30);
  clock.set(clock.now() - 7_200_000);
  expect(share.restMs).toBe(30);
});
