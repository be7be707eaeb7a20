import { expect, test } from "bun:test";
import { Inbox } from "../../../src/hub/inbox.ts";
import { turn } from "./setup.ts";

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
  const inbox = new Inbox(100);
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
  const inbox = new Inbox(100);
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
  const inbox = new Inbox(100);
  expect(inbox.add(task("a"), 1000)).toBe(true);
  expect(inbox.add(task("b"), 1)).toBe(false);
  await finish("a");
  expect(inbox.add(task("b"), 1000)).toBe(true);
});
