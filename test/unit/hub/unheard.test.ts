import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { orElse } from "../../../src/hub/unheard.ts";
import { turn } from "./setup.ts";

setDefaultTimeout(30_000);

test("what nobody awaits is reported, and ends no process", () => {
  const script = join(import.meta.dir, "unheard-failures.ts");
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    encoding: "utf8",
    timeout: 8000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const seen: string[] = JSON.parse(stdout);
  expect(seen.sort()).toEqual([
    "broker: no topic",
    "broker: no way back",
    "hook: hook",
    "publish: 'data' takes what JSON can hold, got undefined",
    expect.stringContaining("publish: A topic has no white space"),
    "publish: cut off",
  ]);
});

function watched<T>(work: Promise<T>): { promise: Promise<T>; unheard: unknown[] } {
  const unheard: unknown[] = [];
  return { promise: orElse(work, (error) => void unheard.push(error)), unheard };
}

test("a rejection that is heard stays with whoever hears it", async () => {
  const error = new Error("late");
  for (const hear of [
    (promise: Promise<never>) => promise.catch((it: unknown) => it),
    (promise: Promise<never>) => promise.then(undefined, (it: unknown) => it),
    (promise: Promise<never>) => Promise.allSettled([promise]).then(([it]) => "reason" in it && it.reason),
    (promise: Promise<never>) => promise.finally(() => {}).catch((it: unknown) => it),
  ]) {
    const { promise, unheard } = watched(Promise.reject(error));
    expect(await hear(promise)).toBe(error);
    await turn();
    expect(unheard).toEqual([]);
  }
});

test("a rejection that nobody hears goes to the callback, once", async () => {
  const { unheard } = watched(Promise.reject(new Error("alone")));
  await turn();
  expect(unheard).toEqual([new Error("alone")]);
});

test("a value comes through, and what follows is an ordinary promise", async () => {
  const { promise, unheard } = watched(Promise.resolve(5));
  const following = promise.then((it) => it + 1);
  expect(Object.getPrototypeOf(following)).toBe(Promise.prototype);
  expect([await promise, await following, await promise]).toEqual([5, 6, 5]);
  expect(unheard).toEqual([]);
});
