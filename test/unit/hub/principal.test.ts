import { describe, expect, test } from "bun:test";
import { authorizeByGrants, isGranted } from "../../../src/hub/principal.ts";
import { principal } from "./setup.ts";

const grants = { subscribe: ["event:*", "app_log"], publish: ["agent:*"] };

const asked: [action: "subscribe" | "publish", topic: string, isAllowed: boolean][] = [
  ["subscribe", "event:a", true],
  ["subscribe", "event:*", true],
  ["subscribe", "event:after_*", true],
  ["subscribe", "app_log", true],
  ["subscribe", "app_log*", false],
  ["subscribe", "*", false],
  ["subscribe", "agent:a", false],
  ["publish", "agent:a", true],
  ["publish", "event:a", false],
];
test.each(asked)("to %s %j: %p", (action, topic, isAllowed) => {
  expect(isGranted(grants, action, topic)).toBe(isAllowed);
});

describe("deciding by grants", () => {
  const decide = authorizeByGrants({ subscribe: ["*"], publish: [] });

  test("takes the token's own, also where they grant nothing", () => {
    expect(decide(principal("alex", { grants }), "subscribe", "other")).toBe(false);
    expect(decide(principal("alex", { grants }), "publish", "agent:a")).toBe(true);
    const nothing = { subscribe: [], publish: [] };
    expect(decide(principal("alex", { grants: nothing }), "subscribe", "other")).toBe(false);
  });

  test("takes the default for a token without", () => {
    expect(decide(principal(), "subscribe", "*")).toBe(true);
    expect(decide(principal(), "publish", "a")).toBe(false);
  });

  test("gives an administrator no topic", () => {
    expect(decide(principal("alex", { isAdmin: true }), "publish", "a")).toBe(false);
  });
});
