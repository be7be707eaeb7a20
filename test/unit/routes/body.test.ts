import { expect, test } from "bun:test";
import { Hono } from "hono";
import { BODY_MS, requestBody } from "../../../src/routes/body.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

/** A request whose body comes as it is told to. */
function open() {
  const clock = new ManualClock();
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const app = new Hono().post("/", async (c) => {
    const read = await requestBody(c, { bytes: 100, clock });
    return read instanceof Response ? read : c.body(new TextDecoder().decode(read));
  });
  const answer = Promise.resolve(app.request("/", { method: "POST", body: body.readable }));
  return { clock, writer, answer };
}

const letters = (count: number) => new TextEncoder().encode("x".repeat(count));

test("a body that comes slowly is taken until its time is over, and answered 408 then", async () => {
  const { clock, writer, answer } = open();
  await writer.write(letters(1));
  clock.advance(BODY_MS - 1);
  await writer.write(letters(1));
  clock.advance(1);
  const { status, headers } = await answer;
  expect([status, headers.get("x-topichub-error"), headers.get("connection")]).toEqual([
    408,
    "invalid_message",
    "close",
  ]);
  // Nobody reads it any more.
  await expect(writer.write(letters(1))).rejects.toBeUndefined();
});

test("a body that came in time leaves no timer behind", async () => {
  const { clock, writer, answer } = open();
  await writer.write(letters(100));
  await writer.close();
  expect(await (await answer).text()).toBe("x".repeat(100));
  expect(clock.timers).toBe(0);
});

test("a body over its limit is given up at once", async () => {
  const { writer, answer } = open();
  const writing = writer.write(letters(101));
  expect((await answer).status).toBe(413);
  await Promise.allSettled([writing, writer.closed]);
});
