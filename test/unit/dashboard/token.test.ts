import { expect, test } from "bun:test";
import { readToken } from "../../../src/dashboard/token.ts";
import { rawToken, token } from "../../support/token.ts";

test("a token says who, what and until when", async () => {
  const topics = { subscribe: ["event:*"], publish: [] };
  expect(readToken(await token({ sub: "zoë", topics, admin: true, exp: 2_000_000_000 }), "topics")).toEqual({
    user: "zoë",
    isAdmin: true,
    subscribe: ["event:*"],
    publish: [],
    expiresAt: 2_000_000_000_000,
  });
});

test("without the claim the server's default counts; the claim may have another name", async () => {
  const mine = await token({ topics: undefined, grants: { subscribe: ["a"] } });
  expect(readToken(mine, "topics")).toMatchObject({ subscribe: undefined, publish: undefined });
  expect(readToken(mine, "grants")).toMatchObject({ subscribe: ["a"], publish: [] });
});

test("a malformed claim grants nothing", async () => {
  for (const topics of [null, "a", ["a"], { subscribe: "a", publish: [1, "b"] }])
    expect(readToken(await token({ topics }), "topics")).toMatchObject({ subscribe: [], isAdmin: false });
});

test("only `true` makes an administrator, and only a number an end", () => {
  const made = rawToken({ alg: "HS256" }, { sub: 5, admin: "true", exp: "soon" });
  expect(readToken(made, "topics")).toMatchObject({ user: undefined, isAdmin: false, expiresAt: undefined });
});

test("what is no token is none", () => {
  const texts = [
    "",
    "a",
    "a.b",
    "a.b.c",
    "..",
    rawToken({}, "no JSON"),
    rawToken({}, "[]"),
    rawToken({}, "5"),
  ];
  for (const text of texts) expect(readToken(text, "topics")).toBeUndefined();
});
