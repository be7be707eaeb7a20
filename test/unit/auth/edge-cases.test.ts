import { expect, test } from "bun:test";
import { isAllowedOrigin } from "../../../src/auth/origin.ts";

test("an app's own scheme in the list lets in that app only", () => {
  const allowed = ["chrome-extension://abcdefgh"];
  expect(isAllowedOrigin("chrome-extension://abcdefgh", "h.example", allowed)).toBe(true);
  for (const origin of ["chrome-extension://evil", "moz-extension://abcdefgh", "file:///etc", "data:,"])
    expect(isAllowedOrigin(origin, "h.example", allowed)).toBe(false);
});
