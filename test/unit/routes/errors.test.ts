import { expect, test } from "bun:test";
import { Hono } from "hono";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { requestError } from "../../../src/routes/errors.ts";

/** What a route that throws is answered with, at this address, and what the hub is told. */
async function answer(url: string) {
  const told: unknown[] = [];
  const hub = new TopicHub({ onError: (error) => told.push(error) });
  const app = new Hono().onError(requestError(hub)).get("/route", (c) => c.text(new URL(c.req.url).host));
  app.get("/fails", () => {
    throw new Error("a fault of ours");
  });
  // As node-server gives it: an address that nobody has looked at yet.
  const request = new Proxy(new Request("http://localhost/"), {
    get: (target, name) => (name === "url" ? url : Reflect.get(target, name, target)),
  });
  const { status, headers } = await app.fetch(request);
  return { status, code: headers.get("X-Topichub-Error"), told: told.length };
}

test("a Host of which there is no URL is the client's fault", async () => {
  for (const host of ["256.256.256.256", "99999999999999999999", "xn--a"])
    expect([host, await answer(`http://${host}/route`)]).toEqual([
      host,
      { status: 400, code: "invalid_message", told: 0 },
    ]);
});

test("what a route throws is ours", async () => {
  expect(await answer("http://localhost/fails")).toEqual({ status: 500, code: "unavailable", told: 1 });
});
