import { expect, test } from "bun:test";
import { createMailbox } from "../../../src/testing/mailbox.ts";
import { eventually, within } from "../../support/deadline.ts";

const never = new Promise<never>(() => {});

test("a deadline names what was waited for", async () => {
  await expect(within(never, 5, "the answer")).rejects.toThrow("not within 5 ms: the answer");
  await expect(within(Promise.reject(new Error("no")), 5, "the answer")).rejects.toThrow("no");
  expect(await within(Promise.resolve(1), 5, "the answer")).toBe(1);
});

test("a condition is polled until it holds, and its last failure kept", async () => {
  let calls = 0;
  expect(await eventually(() => ++calls === 3 && "now", 1000, "the third")).toBe("now");
  const failing = eventually(() => Promise.reject(new Error("down")), 30, "it to be up");
  await expect(failing).rejects.toMatchObject({
    message: "not within 30 ms: it to be up",
    cause: { message: "down" },
  });
  await expect(eventually(() => never, 30, "an end")).rejects.toThrow("an end");
});

test("a mailbox keeps what nobody wanted, and a taker that gave up takes nothing", async () => {
  const box = createMailbox<number>();
  await expect(box.take(5, "a number")).rejects.toThrow("a number; unread: []");
  const even = box.take(1000, "an even one", (item) => item % 2 === 0);
  for (const item of [1, 2, 3]) box.push(item);
  expect(await even).toBe(2);
  expect(await box.take(5, "any")).toBe(1);
  await expect(box.silence(5)).rejects.toThrow("expected silence, got 3");
  await box.silence(5);
  const last = box.take(1000, "another");
  box.end("closed");
  await expect(last).rejects.toThrow("another: closed");
  await expect(box.silence(5)).rejects.toThrow("closed");
});
