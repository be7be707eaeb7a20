import { expect, test } from "bun:test";
import { verdictOf } from "../../../src/client/verdict.ts";

const closed = (code: number) => ({ code, reason: "why" });
const refused = (status: number, retryAfterMs = 0) => ({
  ...{ code: 1006, reason: "" },
  refusal: { status, message: "why", retryAfterMs },
});

test.each([
  [1006, 0],
  [1001, 0],
  [1011, 0],
  [1012, 0],
  [1013, 0],
  [4001, 0],
  [4002, 0],
  [4099, 0],
  [4200, 0],
  [4499, 0],
  [4600, 0],
  [4100, "renew"],
  [4199, "renew"],
] as const)("after %p it comes back: %p", (code, verdict) => {
  expect(verdictOf(closed(code), true)).toBe(verdict);
});

test.each([
  [1008, "unauthorized"],
  [1009, "too_large"],
  [4500, "invalid_message"],
  [4501, "forbidden"],
  [4503, "limit_reached"],
  [4502, "closed"],
  [4599, "closed"],
] as const)("after %p it stops: %p", (code, error) => {
  expect(verdictOf(closed(code), true)).toMatchObject({ name: "TopicError", code: error, message: "why" });
});

test("without another token its end is the end", () => {
  expect(verdictOf(closed(4100), false)).toMatchObject({ code: "unauthorized" });
  expect(verdictOf(refused(401), false)).toMatchObject({ code: "unauthorized", message: "why" });
  expect(verdictOf(refused(401), true)).toBe(0);
});

test("a refusal says what to do", () => {
  expect(verdictOf(refused(403), true)).toMatchObject({ code: "forbidden", message: "why" });
  expect(verdictOf(refused(400), true)).toBe("stream");
  expect(verdictOf(refused(503, 5000), true)).toBe(5000);
  expect([429, 404, 500, 502].map((status) => verdictOf(refused(status), true))).toEqual([0, 0, 0, 0]);
});
