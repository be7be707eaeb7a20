import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function publishing(target: Target): void {
  const limits = { publish_batch: 5, body_bytes: 20_000, message_bytes: 4000 };
  const server = sharedServer(target, { config: { limits } });
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

  test("an idempotency key is refused rather than ignored", async () => {
    const { status, json } = await post({ topic: "x", data: 1 }, { sub: "once" }, { "Idempotency-Key": "k" });
    expect([status, json.code]).toEqual([501, "unavailable"]);
    await using client = await connect(server(), { token: await token() });
    const reply = await client.request({ action: "publish", topic: "x", data: 1, idempotency_key: "k" });
    expect(reply).toMatchObject({ code: "unavailable" });
  });
}
