import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import { ROOT, type Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function typedTopics(target: Target): void {
  const command = [...target.script(`${ROOT}test/support/embedded.mjs`), target.server, "typed"];
  const server = sharedServer({ command });
  const live = async () => connect(server(), { token: await token(), path: "/live/ws" });
  const post = async (path: string, body: unknown, headers = {}) =>
    postJson(server(), `/live${path}`, body, { token: await token({ admin: true }), headers });

  const good = { topic: "backup:done", data: { server_name: "a", more: 1 } };
  const bad = { topic: "backup:done", data: { server_name: 1 } };
  const refused = { code: "invalid_message", message: "'data.server_name' takes a string, got 1" };

  test("what is delivered is what the schema makes of it, wherever it comes from", async () => {
    await using client = await live();
    await client.request({ action: "subscribe", topic: "*" });
    await client.request({ action: "publish", ...good });
    expect((await post("/publish", good)).status).toBe(200);
    expect((await post("/publish", { messages: [good, { topic: "other", data: 5 }] })).status).toBe(200);
    const data = { server_name: "a", files: 0 };
    for (const each of [data, data, data, 5]) expect((await client.next()).data).toEqual(each);
    expect((await post("/users/alex/messages", good)).json).toEqual({ status: "success", delivered: 1 });
    expect(await client.next()).toMatchObject({ data, direct: true });
  });

  test("what it refuses is an invalid message, of which nothing is published", async () => {
    await using client = await live();
    await client.request({ action: "subscribe", topic: "*" });
    expect(await client.request({ action: "publish", ...bad })).toMatchObject(refused);
    const { status, headers, json } = await post("/publish", bad, { "Idempotency-Key": "k" });
    expect([status, headers.get("x-topichub-error")]).toEqual([400, "invalid_message"]);
    expect(json).toEqual({ status: "error", ...refused });
    expect((await post("/publish", { messages: [good, bad] })).json).toMatchObject({
      message: `messages[1]: ${refused.message}`,
    });
    expect((await post("/users/alex/messages", bad)).json).toMatchObject(refused);
    await client.expectSilence();
    expect((await post("/publish", good, { "Idempotency-Key": "k" })).status).toBe(200);
  });
}
