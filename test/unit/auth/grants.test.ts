import { expect, test } from "bun:test";
import { safeParse } from "valibot";
import { GrantsConfig, grantsOf } from "../../../src/auth/grants.ts";

const NOTHING = { subscribe: [], publish: [] };

test("a claim names what may be subscribed and published to", () => {
  const grants = { subscribe: ["event:*", "app_log"], publish: ["*"] };
  expect(grantsOf(grants)).toEqual(grants);
  expect(grantsOf(NOTHING)).toEqual(NOTHING);
  // Other fields may be somebody else's.
  expect(grantsOf({ ...grants, note: 1 })).toEqual(grants);
});

test("a missing half grants nothing", () => {
  expect(grantsOf({ subscribe: ["a"] })).toEqual({ subscribe: ["a"], publish: [] });
  expect(grantsOf({ publish: ["a"] })).toEqual({ subscribe: [], publish: ["a"] });
  expect(grantsOf({})).toEqual(NOTHING);
});

test("without the claim nothing is said", () => {
  expect(grantsOf(undefined)).toBeUndefined();
});

test.each([
  [null],
  [true],
  [1],
  ["*"],
  [["*"]],
  [[]],
  [{ subscribe: "*" }],
  [{ subscribe: null, publish: ["*"] }],
  [{ subscribe: { 0: "*" }, publish: ["*"] }],
  [{ subscribe: ["*"], publish: "*" }],
  [{ subscribe: ["*", 1], publish: ["*"] }],
  [{ subscribe: ["*", ""], publish: ["*"] }],
  [{ subscribe: ["a*b"], publish: ["*"] }],
  [{ subscribe: ["*"], publish: ["a b"] }],
  [{ subscribe: ["*"], publish: ["\ud800"] }],
])("a malformed claim grants nothing at all: %j", (claim) => {
  expect(grantsOf(claim)).toEqual(NOTHING);
});

test("a configuration names both halves", () => {
  const parse = (value: unknown) => safeParse(GrantsConfig, value).success;
  expect(parse({ subscribe: ["*"], publish: [] })).toBe(true);
  for (const wrong of [
    {},
    { subscribe: ["*"] },
    { subscribe: ["a b"], publish: [] },
    { ...NOTHING, admin: true },
  ])
    expect(parse(wrong)).toBe(false);
});
