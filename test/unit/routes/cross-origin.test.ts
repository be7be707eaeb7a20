import { describe, expect, test } from "bun:test";
import { TopicHub, topicRoutes } from "../../../src/index.ts";
import { bun } from "../../../src/runtime/bun.ts";
import { TEST_SECRET, token } from "../../support/token.ts";

const ORIGIN = "https://app.example";

function asking(allowedOrigins: "*" | string[] | undefined) {
  const app = topicRoutes({
    ...{ hub: new TopicHub(), runtime: bun, secret: TEST_SECRET },
    defaultGrants: { subscribe: ["*"], publish: ["*"] },
    extraRoutes: ["history"],
    ...(allowedOrigins && { allowedOrigins }),
  });
  const named = (answer: Response) =>
    ["origin", "credentials", "methods", "headers", "max-age"].map((name) =>
      answer.headers.get(`access-control-${name === "max-age" ? name : `allow-${name}`}`),
    );
  const preflight = async (path: string) => {
    const headers = { Origin: ORIGIN, "Access-Control-Request-Method": "POST" };
    const answer = await app.request(path, { method: "OPTIONS", headers });
    return [answer.status, ...named(answer)];
  };
  return { app, preflight, named };
}

describe("a page of another origin", () => {
  test("may ask where it may connect", async () => {
    const takes = ["GET, POST", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID", "600"];
    for (const path of ["/sse?topic=a", "/publish", "/topics/a/history"]) {
      expect(await asking([ORIGIN]).preflight(path)).toEqual([204, ORIGIN, "true", ...takes]);
      expect(await asking("*").preflight(path)).toEqual([204, "*", null, ...takes]);
    }
  });

  test("may not where it may not connect, nor what is not mounted", async () => {
    const nothing = [null, null, null, null, null];
    for (const path of ["/sse", "/publish", "/topics/a/history"])
      for (const allowed of [undefined, ["https://other.example"]])
        expect(await asking(allowed).preflight(path)).toEqual([404, ...nothing]);
    expect(await asking("*").preflight("/topics/a/presence")).toEqual([404, ...nothing]);
    expect(await asking("*").preflight("/ws")).toEqual([404, ...nothing]);
  });

  test("reads what is answered, errors too", async () => {
    const { app, named } = asking([ORIGIN]);
    const headers = { Origin: ORIGIN, Authorization: `Bearer ${await token()}` };
    const body = JSON.stringify({ topic: "a", data: 1 });
    for (const [answer, status] of [
      [await app.request("/publish", { method: "POST", headers, body }), 200],
      [await app.request("/publish", { method: "POST", headers: { Origin: ORIGIN }, body }), 401],
      [await app.request("/topics/a/history", { headers }), 404],
    ] as const)
      expect([answer.status, ...named(answer).slice(0, 2)]).toEqual([status, ORIGIN, "true"]);
  });
});
