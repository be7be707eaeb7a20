import { expect, test } from "bun:test";
import { Inbox } from "../../../src/hub/inbox.ts";
import { Share } from "../../../src/hub/share.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { turn } from "./setup.ts";

/** An inbox on a clock that is moved by what is done, and what it said of its rests. */
function newInbox({ limit = 100, clock = new ManualClock(), share = new Share(clock) } = {}) {
  const rests: string[] = [];
  const inbox = new Inbox({
    limit,
    clock,
    share,
    resting: () => void rests.push("resting"),
    rested: () => void rests.push("rested"),
  });
  /** A task that keeps everybody waiting for so long. */
  const busy = (ms: number, then = () => {}) => {
    return () => {
      clock.spend(ms);
      then();
    };
  };
  return { inbox, clock, share, rests, busy };
}

/** Tasks that a test lets go of one by one, and what became of them. */
function tasks() {
  const events: string[] = [];
  const gates = new Map<string, () => void>();
  const task = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise<void>((resolve) => gates.set(name, resolve));
    events.push(`${name} ends`);
  };
  const finish = (name: string) => {
    gates.get(name)?.();
    return turn();
  };
  return { events, task, finish };
}

test("tasks are done one after the other", async () => {
  const { events, task, finish } = tasks();
  const inbox = newInbox().inbox;
  for (const name of ["a", "b", "c"]) expect(inbox.add(task(name), 1)).toBe(true);
  await turn();
  expect(events).toEqual(["a begins"]);
  await finish("a");
  await finish("b");
  expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins"]);
  await finish("c");
  inbox.add(task("d"), 1);
  expect(events.slice(-2)).toEqual(["c ends", "d begins"]);
});

test("nothing is taken past the limit, until something is done", async () => {
  const { task, finish } = tasks();
  const inbox = newInbox().inbox;
  expect(inbox.add(task("a"), 60)).toBe(true);
  expect(inbox.add(task("b"), 40)).toBe(true);
  expect(inbox.add(task("c"), 1)).toBe(false);
  await finish("a");
  expect(inbox.add(task("c"), 60)).toBe(true);
  expect(inbox.add(task("d"), 1)).toBe(false);
  await finish("b");
  await finish("c");
  expect(inbox.add(task("d"), 100)).toBe(true);
});

test("what is larger than the limit is taken where nothing waits", async () => {
  const { task, finish } = tasks();
  const inbox = newInbox().inbox;
  expect(inbox.add(task("a"), 1000)).toBe(true);
  expect(inbox.add(task("b"), 1)).toBe(false);
  await finish("a");
  expect(inbox.add(task("b"), 1000)).toBe(true);
});

test("what takes long is rested from, three times as long, and what comes meanwhile waits", async () => {
  const { inbox, clock, rests, busy } = newInbox();
  const done: string[] = [];
  for (const name of ["a", "b", "c"])
    inbox.add(
      busy(10, () => done.push(name)),
      1,
    );
  expect([done, rests]).toEqual([["a"], ["resting"]]);
  clock.advance(29);
  await turn();
  expect(done).toEqual(["a"]);
  clock.advance(1);
  await turn();
  expect([done, rests]).toEqual([
    ["a", "b"],
    ["resting", "resting"],
  ]);
  clock.advance(30);
  await turn();
  expect([done, rests.at(-1)]).toEqual([["a", "b", "c"], "rested"]);
  // It is even again, and goes on at once.
  clock.advance(30);
  inbox.add(
    busy(1, () => done.push("d")),
    1,
  );
  expect([done.at(-1), rests.at(-1)]).toEqual(["d", "rested"]);
});

test("what takes little is never rested from", () => {
  const { inbox, clock, rests, busy } = newInbox();
  for (let at = 0; at < 100; at++) {
    inbox.add(busy(1), 1);
    clock.advance(3);
  }
  expect(rests).toEqual([]);
});

test("one inbox rests for what was done in another with the same share", async () => {
  const clock = new ManualClock();
  const share = new Share(clock);
  const [one, other] = [newInbox({ clock, share }), newInbox({ clock, share })];
  const done: string[] = [];
  one.inbox.add(one.busy(10), 1);
  other.inbox.add(
    other.busy(0, () => done.push("b")),
    1,
  );
  expect(done).toEqual([]);
  clock.advance(30);
  await turn();
  expect(done).toEqual(["b"]);
});

test("time in which a task waits for something is not counted, that in which it works is", async () => {
  const { inbox, clock, share } = newInbox();
  let answered = () => {};
  inbox.add(() => new Promise<void>((resolve) => (answered = resolve)), 1);
  clock.advance(1000);
  answered();
  await turn();
  expect(share.restMs).toBe(0);
  inbox.add(async () => {
    await Promise.resolve();
    clock.spend(10);
  }, 1);
  await turn();
  expect(share.restMs).toBe(30);
});

test("what can be left out is not taken past half of the limit, and leaves the rest to others", async () => {
  const { task, finish } = tasks();
  const { inbox } = newInbox();
  expect(inbox.add(task("a"), 40, true)).toBe(true);
  expect(inbox.add(task("b"), 11, true)).toBe(false);
  expect(inbox.add(task("b"), 10, true)).toBe(true);
  expect(inbox.add(task("c"), 50)).toBe(true);
  await finish("a");
  expect(inbox.add(task("d"), 1, true)).toBe(false);
});

test("it does not rest while more than half of its limit waits", async () => {
  const { inbox, clock, rests, busy } = newInbox();
  const done: string[] = [];
  for (const name of ["a", "b", "c", "d"])
    inbox.add(
      busy(10, () => done.push(name)),
      30,
    );
  expect(done).toEqual(["a"]);
  clock.advance(30);
  await turn();
  expect(done).toEqual(["a", "b", "c"]);
  expect(rests).toEqual(["resting", "resting"]);
});
