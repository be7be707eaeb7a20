import { describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function publishing(target: Target): void {
  const limits = { publish_batch: 5, body_bytes: 20_000, message_bytes: 4000 };
  const server = sharedServer(target, { config: { limits }, env: { LOG_LEVEL: "debug" } });
  const post = async (body: unknown, claims = {}, headers = {}) =>
    postJson(server(), "/publish", body, { token: await token(claims), headers });

  test("over a WebSocket", async () => {
    await using client = await connect(server(), { token: await token() });
    await client.request({ action: "subscribe", topic: "chat" });
    expect(await client.request({ action: "publish", topic: "chat", data: { text: "hi" }, id: 7 })).toEqual({
      status: "success",
      message: "Published to topic 'chat'",
      action: "publish",
      topic: "chat",
      id: 7,
    });
    expect(await client.next()).toMatchObject({ type: "message", topic: "chat", data: { text: "hi" } });
    await client.request({ action: "publish", topic: "chat", data: null, type: "nothing" });
    expect(await client.next()).toMatchObject({ type: "nothing", data: null });
  });

  test("over a WebSocket, without a grant, or to a pattern, it is refused", async () => {
    await using client = await connect(server(), { token: await token({ topics: { publish: ["a"] } }) });
    expect(await client.request({ action: "publish", topic: "b", data: 1 })).toMatchObject({
      code: "forbidden",
    });
    expect(await client.request({ action: "publish", topic: "a*", data: 1 })).toMatchObject({
      code: "invalid_topic",
    });
  });

  test("over HTTP, one message and a batch, in order", async () => {
    await using client = await connect(server(), { token: await token() });
    await client.request({ action: "subscribe", topic: "news:*" });
    const one = await post({ topic: "news:1", data: "first" });
    expect([one.status, one.json]).toEqual([200, { status: "success", published: [{ topic: "news:1" }] }]);
    const batch = await post({
      messages: [
        { topic: "news:2", data: 2, type: "number" },
        { topic: "news:3", data: [] },
      ],
    });
    expect([batch.status, batch.json]).toEqual([
      200,
      { status: "success", published: [{ topic: "news:2" }, { topic: "news:3" }] },
    ]);
    expect([await client.next(), await client.next(), await client.next()]).toMatchObject([
      { type: "message", topic: "news:1", data: "first" },
      { type: "number", topic: "news:2", data: 2 },
      { type: "message", topic: "news:3", data: [] },
    ]);
  });

  const refused: Record<string, [unknown, number, string, string]> = {
    "not JSON": ["{", 400, "invalid_json", "JSON"],
    empty: ["", 400, "invalid_json", "JSON"],
    "a list": [[], 400, "invalid_json", "object"],
    "without a topic": [{ data: 1 }, 400, "missing_field", "'topic'"],
    "without data": [{ topic: "x" }, 400, "invalid_message", "'data'"],
    "with an unknown field": [{ topic: "x", data: 1, colour: 1 }, 400, "invalid_message", "colour"],
    "with __proto__": ['{"topic":"x","data":1,"__proto__":{}}', 400, "invalid_message", "__proto__"],
    "with a bad topic": [{ topic: "a b", data: 1 }, 400, "invalid_topic", "white space"],
    "to a pattern": [{ topic: "a*", data: 1 }, 400, "invalid_topic", "*"],
    "of a reserved type": [{ topic: "x", data: 1, type: "welcome" }, 400, "invalid_message", "'type'"],
    "of an empty batch": [{ messages: [] }, 400, "invalid_message", "messages"],
    "of a batch that is no list": [{ messages: 1 }, 400, "invalid_message", "messages"],
    "of a batch and a field": [
      { messages: [{ topic: "x", data: 1 }], topic: "x" },
      400,
      "invalid_message",
      "topic",
    ],
    "whose second message is bad": [
      { messages: [{ topic: "x", data: 1 }, { topic: "y" }] },
      400,
      "invalid_message",
      "messages[1]",
    ],
    "without a grant": [{ topic: "secret", data: 1 }, 403, "forbidden", "secret"],
    "whose third message has no grant": [
      {
        messages: [
          { topic: "x", data: 1 },
          { topic: "y", data: 1 },
          { topic: "secret", data: 1 },
        ],
      },
      403,
      "forbidden",
      "messages[2]",
    ],
    "too deep": [`{"topic":"x","data":${"[".repeat(100)}${"]".repeat(100)}}`, 400, "invalid_message", "deep"],
    "of a message too large": [{ topic: "x", data: "x".repeat(4001) }, 413, "too_large", "4000"],
    "too large": [{ topic: "x", data: "x".repeat(20_001) }, 413, "too_large", "20000"],
    "of too many messages": [{ messages: Array(6).fill({ topic: "x", data: 1 }) }, 413, "too_large", "5"],
  };
  for (const [name, [body, status, code, part]] of Object.entries(refused))
    test(`a body ${name} is ${status}, and nothing of it is published`, async () => {
      await using client = await connect(server(), { token: await token() });
      await client.request({ action: "subscribe", topics: ["x", "y", "secret"] });
      const answer = await post(body, { sub: name, topics: { subscribe: [], publish: ["x", "y", "a*"] } });
      expect([answer.status, answer.json]).toEqual([
        status,
        { status: "error", code, message: expect.stringContaining(part) },
      ]);
      expect(answer.headers.get("x-topichub-error")).toBe(code);
      expect(client.unread).toEqual([]);
      await post({ topic: "x", data: "canary" });
      expect(await client.next()).toMatchObject({ data: "canary" });
    });

  test("only the Authorization header counts", async () => {
    const good = await token();
    const attempts = [
      postJson(server(), "/publish", { topic: "x", data: 1 }),
      postJson(server(), `/publish?token=${good}`, { topic: "x", data: 1 }),
      postJson(
        server(),
        "/publish",
        { topic: "x", data: 1 },
        { headers: { Cookie: `access_token_cookie=${good}` } },
      ),
    ];
    for (const { status, headers } of await Promise.all(attempts))
      expect([status, headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  test("a publisher that does not stop is told to wait, and only that one", async () => {
    const one = { sub: "eager" };
    const answers = await Promise.all(Array.from({ length: 300 }, () => post({ topic: "x", data: 1 }, one)));
    const late = answers.filter(({ status }) => status === 429);
    expect(late.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(100);
    expect(late[0]?.json).toMatchObject({ code: "rate_limited", retry_after_ms: expect.any(Number) });
    expect(late[0]?.headers.get("retry-after")).toBe("1");
    expect((await post({ topic: "x", data: 1 }, { sub: "patient" })).status).toBe(200);
  });

  describe("an idempotency key", () => {
    const published = (topic: string) => ({ status: "success", published: [{ topic }] });
    const under = (key: string, body: unknown, sub: string) =>
      post(body, { sub }, { "Idempotency-Key": key });

    test("has a message published once, whichever way it is sent again", async () => {
      await using client = await connect(server(), { token: await token({ sub: "once" }) });
      await client.request({ action: "subscribe", topic: "once:*" });
      const message = { topic: "once:1", data: { n: [1, "é😀"] } };
      const request = { action: "publish", ...message };
      const overHttp = [await under("k", message, "once"), await under("k", { messages: [message] }, "once")];
      for (const { status, json } of overHttp) expect([status, json]).toEqual([200, published("once:1")]);
      for (const [key, id] of [
        ["k", 1],
        ["socket", 2],
        ["socket", 3],
      ])
        expect(await client.request({ ...request, idempotency_key: key, id })).toEqual({
          ...{ status: "success", message: "Published to topic 'once:1'" },
          ...{ action: "publish", topic: "once:1", id },
        });
      expect((await under("socket", message, "once")).json).toEqual(published("once:1"));
      expect((await under("k", message, "another")).json).toEqual(published("once:1"));
      const data = Array.from({ length: 3 }, async () => (await client.next()).data);
      expect(await Promise.all(data)).toEqual(Array(3).fill(message.data));
      await client.expectSilence();
    });

    test("is not for another message", async () => {
      await using client = await connect(server(), { token: await token({ sub: "twice" }) });
      await client.request({ action: "subscribe", topic: "twice" });
      await under("k", { topic: "twice", data: 1 }, "twice");
      const { status, json, headers } = await under("k", { topic: "twice", data: 2 }, "twice");
      expect([status, json.code, headers.get("x-topichub-error")]).toEqual([422, "conflict", "conflict"]);
      const request = { action: "publish", topic: "twice", data: 2, idempotency_key: "k" };
      expect(await client.request(request)).toMatchObject({
        code: "invalid_message",
        message: "'idempotency_key' was used for another message in the last 5 minutes",
      });
      expect(await client.next()).toMatchObject({ data: 1 });
      await client.expectSilence();
    });

    test("publishes once where many come with it at the same time", async () => {
      await using client = await connect(server(), { token: await token({ sub: "crowd" }) });
      await client.request({ action: "subscribe", topic: "crowd" });
      const message = { topic: "crowd", data: 1 };
      const answers = await Promise.all(Array.from({ length: 20 }, () => under("k", message, "crowd")));
      for (const { status, json, headers } of answers)
        if (status === 409) expect([json.code, headers.get("retry-after")]).toEqual(["conflict", "1"]);
        else expect([status, json]).toEqual([200, published("crowd")]);
      expect(answers.map(({ status }) => status)).toContain(200);
      expect(await client.next()).toMatchObject({ data: 1 });
      await client.expectSilence();
    });

    test("is free again where nothing was published", async () => {
      const claims = { sub: "failing", topics: { publish: ["x"] } };
      const key = { "Idempotency-Key": "k" };
      expect((await post({ topic: "secret", data: 1 }, claims, key)).status).toBe(403);
      expect((await post({ topic: "x" }, claims, key)).status).toBe(400);
      expect((await post({ topic: "x", data: 1 }, claims, key)).status).toBe(200);
    });

    test("has 1 to 128 characters, and stands in no log", async () => {
      const secret = "a key that nobody is to read";
      for (const key of ["", "k".repeat(129)]) {
        const { status, json } = await under(key, { topic: "x", data: 1 }, "long");
        expect([status, json]).toEqual([
          400,
          {
            ...{ status: "error", code: "invalid_message" },
            message: "'Idempotency-Key' takes 1 to 128 characters",
          },
        ]);
      }
      expect((await under("k".repeat(128), { topic: "x", data: 1 }, "long")).status).toBe(200);
      for (const data of [1, 2]) await under(secret, { topic: "x", data }, "long");
      expect(server().stderr()).not.toContain(secret);
    });
  });
}
