import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { z } from "zod";
import type { Authorize } from "../../../src/hub/principal.ts";
import { defineTopics } from "../../../src/protocol/topic-catalogue.ts";
import type { Runtime } from "../../../src/routes/runtime.ts";
import { topicRoutes } from "../../../src/routes/topic-routes.ts";
import { TEST_SECRET, token } from "../../support/token.ts";
import { connect, dataOf, newHub } from "../hub/setup.ts";

const runtime: Runtime = {
  name: "bun",
  upgrade: () => Promise.reject(new Error("no request upgrades here")),
  holdOpen: () => ({ isGone: () => false, drop() {} }),
};

let looks = 0;
const schemas = {
  "backup:done": v.object({ server_name: v.string(), files: v.optional(v.number(), 0) }),
  "usage:{server}": z.object({ pid: z.number() }),
  counted: v.pipe(
    v.string(),
    v.check(() => ++looks > 0),
  ),
  broken: v.pipe(
    v.string(),
    v.check(() => {
      throw new RangeError("the schema is broken");
    }),
  ),
};

/** Routes of a hub with typed topics, and a listener to all of them. */
async function open(authorize: Authorize = () => true) {
  const { hub, errors } = newHub({ schemas: defineTopics(schemas) });
  const { connection, transport } = connect(hub, "kim");
  await hub.subscribe(connection, "*");
  const app = topicRoutes({ hub, runtime, secret: TEST_SECRET, authorize, extraRoutes: ["admin"] });
  const post = async (path: string, body: unknown, key?: string) => {
    const headers = {
      Authorization: `Bearer ${await token({ admin: true })}`,
      ...(key !== undefined && { "Idempotency-Key": key }),
    };
    const response = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    return {
      status: response.status,
      code: response.headers.get("x-topichub-error"),
      json: await response.json(),
    };
  };
  return { hub, errors, post, connection, delivered: () => dataOf(transport) };
}

const good = { topic: "backup:done", data: { server_name: "a", more: 1 } };
const bad = { topic: "backup:done", data: { server_name: 1 } };
const refused = {
  status: "error",
  code: "invalid_message",
  message: "'data.server_name' takes a string, got 1",
};

describe("POST /publish, to a hub with typed topics", () => {
  test("publishes what the schema makes of the data", async () => {
    const { post, delivered } = await open();
    const messages = [good, { topic: "usage:a", data: { pid: 1, more: 1 } }, { topic: "other", data: [1] }];
    for (const message of messages) expect((await post("/publish", message)).status).toBe(200);
    expect((await post("/publish", { messages })).json.published).toHaveLength(3);
    const each = [{ server_name: "a", files: 0 }, { pid: 1 }, [1]];
    expect(delivered()).toEqual([...each, ...each]);
  });

  test("refuses other data, and of a batch publishes nothing then", async () => {
    const { post, delivered, errors } = await open();
    expect(await post("/publish", bad)).toEqual({ status: 400, code: "invalid_message", json: refused });
    expect((await post("/publish", { messages: [good, bad, good] })).json).toEqual({
      ...refused,
      message: `messages[1]: ${refused.message}`,
    });
    const byZod = { messages: [good, good, { topic: "usage:a", data: {} }] };
    expect((await post("/publish", byZod)).json.message).toBe(
      "messages[2]: 'data.pid': Invalid input: expected number, received undefined",
    );
    expect([delivered(), errors]).toEqual([[], []]);
  });

  test("looks once at each message", async () => {
    const { post } = await open();
    const message = { topic: "counted", data: "x" };
    for (const [path, body, count] of [
      ["/publish", message, 1],
      ["/publish", { messages: [message, message] }, 2],
      ["/users/kim/messages", message, 1],
    ] as const) {
      const before = looks;
      expect((await post(path, body)).status).toBe(200);
      expect(looks - before).toBe(count);
    }
  });

  test("looks at no data without a grant", async () => {
    const { post } = await open(() => false);
    expect((await post("/publish", bad)).status).toBe(403);
  });

  test("leaves the idempotency key of what is refused free, and knows a retry by what was sent", async () => {
    const { post, delivered } = await open();
    expect((await post("/publish", { messages: [good, bad] }, "k")).status).toBe(400);
    for (const _ of [1, 2]) expect((await post("/publish", good, "k")).status).toBe(200);
    expect(delivered()).toEqual([{ server_name: "a", files: 0 }]);
    expect((await post("/publish", { ...good, data: { server_name: "a" } }, "k")).status).toBe(422);
  });

  test("fails where a schema throws, before anything is published", async () => {
    const { post, delivered, errors } = await open();
    const { status, json } = await post("/publish", { messages: [good, { topic: "broken", data: "x" }] });
    expect([status, json]).toEqual([
      500,
      { status: "error", code: "unavailable", message: "The request failed on the server" },
    ]);
    expect([delivered(), errors]).toEqual([[], ["request: the schema is broken"]]);
  });
});

describe("a direct send, from a hub with typed topics", () => {
  test("has what the schema makes of the data, or is refused, its key free", async () => {
    const { post, connection, delivered, errors } = await open();
    for (const path of ["/users/kim/messages", `/connections/${connection.id}/messages`]) {
      expect(await post(path, bad, path)).toEqual({ status: 400, code: "invalid_message", json: refused });
      expect((await post(path, good, path)).json).toEqual({ status: "success", delivered: 1 });
      expect((await post(path, { data: 5 })).status).toBe(200);
      expect(delivered()).toEqual([{ server_name: "a", files: 0 }, 5]);
    }
    expect((await post("/users/nobody/messages", bad)).status).toBe(400);
    expect((await post("/users/kim/messages", { topic: "broken", data: "x" })).status).toBe(500);
    expect(errors).toEqual(["request: the schema is broken"]);
  });
});

test("topics that are refused where others are, are no topics", async () => {
  const { hub } = newHub({ schemas: defineTopics(schemas, { others: "refuse" }) });
  const app = topicRoutes({ hub, runtime, secret: TEST_SECRET, authorize: () => true });
  const response = await app.request("/publish", {
    method: "POST",
    headers: { Authorization: `Bearer ${await token()}` },
    body: JSON.stringify({ messages: [good, { topic: "other", data: 1 }] }),
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { status: "error", code: "invalid_topic", message: "messages[1]: There is no topic 'other' here" },
  ]);
});
