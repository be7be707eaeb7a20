import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function subscribing(target: Target): void {
  const server = sharedServer(target, { config: { limits: { subscriptions: 5 } } });
  const join = async (claims = {}) => connect(server(), { token: await token(claims) });
  const publish = async (topic: string, data: unknown, type?: string) => {
    const { status } = await postJson(
      server(),
      "/publish",
      { topic, data, type },
      { token: await token({ sub: "publisher" }) },
    );
    expect(status).toBe(200);
  };

  test("the protocol's example goes as it stands there", async () => {
    await using client = await join();
    expect(await client.request({ action: "subscribe", topic: "event:after_backup", id: 1 })).toEqual({
      status: "success",
      message: "Subscribed to topic 'event:after_backup'",
      action: "subscribe",
      topic: "event:after_backup",
      id: 1,
      epoch: expect.stringMatching(/^\w+$/),
      offset: expect.any(Number),
    });
    await publish("event:after_backup", { server_name: "survival" });
    const before = Date.now();
    const message = await client.next();
    expect(message).toEqual({
      type: "event",
      topic: "event:after_backup",
      data: { server_name: "survival" },
      offset: expect.any(Number),
      time: expect.any(Number),
    });
    expect(Math.abs(before - (message.time ?? 0))).toBeLessThan(10_000);
    client.send({ action: "unsubscribe", topic: "event:after_backup" });
    expect(await client.nextReply()).toEqual({
      status: "success",
      message: "Unsubscribed from topic 'event:after_backup'",
      action: "unsubscribe",
      topic: "event:after_backup",
    });
    await publish("event:after_backup", { server_name: "survival" }, "event");
    await client.expectSilence();
    client.send({ action: "fly", topic: "x" });
    expect(await client.nextReply()).toEqual({
      status: "error",
      code: "unknown_action",
      message: "Unknown action: 'fly'",
      action: "fly",
      topic: "x",
    });
  });

  test("a dashboard that knows only {action, topic} and {type, topic, data} works", async () => {
    const socket = new WebSocket(`${server().url.replace("http", "ws")}/ws?token=${await token()}`);
    const messages: Record<string, unknown>[] = [];
    const { promise: got, resolve } = Promise.withResolvers<void>();
    socket.onmessage = ({ data }) => {
      messages.push(JSON.parse(data));
      if (messages.length === 1) void publish("anything", [1, 2]);
      else resolve();
    };
    socket.onopen = () => socket.send('{"action":"subscribe","topic":"anything"}');
    await got;
    socket.close();
    expect(messages[0]).toMatchObject({ status: "success", message: "Subscribed to topic 'anything'" });
    expect(messages[1]).toMatchObject({ type: "message", topic: "anything", data: [1, 2] });
  });

  test("both are idempotent", async () => {
    await using client = await join();
    for (const action of ["subscribe", "subscribe", "unsubscribe", "unsubscribe"])
      expect(await client.request({ action, topic: "twice" })).toMatchObject({ status: "success" });
    await publish("twice", 1);
    await client.expectSilence();
  });

  test("a publication comes once, however many subscriptions select it", async () => {
    await using client = await join();
    await client.request({ action: "subscribe", topics: ["game:chat:main", "game:*", "game:chat:*", "*"] });
    await publish("game:chat:main", "hello");
    expect(await client.next()).toMatchObject({ topic: "game:chat:main", data: "hello" });
    await publish("other", 1);
    expect(await client.next()).toMatchObject({ topic: "other" });
    await client.request({ action: "unsubscribe", topic: "*" });
    await publish("other", 2);
    await publish("game:chat:main", "still");
    expect(await client.next()).toMatchObject({ data: "still" });
    await client.expectSilence();
  });

  test("a list is answered with a result for each entry", async () => {
    await using client = await join({ topics: { subscribe: ["a:*", "b"], publish: [] } });
    const topics = ["a:1", "c", "a:*", { topic: "b" }, "no space", "*"];
    expect(await client.request({ action: "subscribe", topics, id: "list" })).toEqual({
      status: "success",
      message: "Subscribed to 3 of 6 topics",
      action: "subscribe",
      id: "list",
      topics: [
        { status: "success", message: "Subscribed to topic 'a:1'", topic: "a:1" },
        { status: "error", code: "forbidden", message: expect.any(String), topic: "c" },
        { status: "success", message: "Subscribed to topic 'a:*'", topic: "a:*" },
        { status: "success", message: "Subscribed to topic 'b'", topic: "b" },
        {
          status: "error",
          code: "invalid_topic",
          message: expect.stringContaining("white space"),
          topic: "no space",
        },
        { status: "error", code: "forbidden", message: expect.any(String), topic: "*" },
      ],
    });
    expect(await client.request({ action: "unsubscribe", topics: ["a:1", "b"] })).toMatchObject({
      message: "Unsubscribed from 2 of 2 topics",
    });
  });

  test("one subscription too many is refused by name", async () => {
    await using client = await join();
    const { topics } = await client.request({ action: "subscribe", topics: ["1", "2", "3", "4", "5", "6"] });
    expect(topics?.map(({ status }) => status)).toEqual([
      "success",
      "success",
      "success",
      "success",
      "success",
      "error",
    ]);
    expect(topics?.[5]).toMatchObject({ code: "limit_reached", message: expect.stringContaining("5") });
    expect(await client.request({ action: "subscribe", topic: "3" })).toMatchObject({ status: "success" });
    await client.request({ action: "unsubscribe", topic: "1" });
    expect(await client.request({ action: "subscribe", topic: "6" })).toMatchObject({ status: "success" });
  });

  test("without a grant it is forbidden; a malformed claim grants nothing", async () => {
    const cases: [unknown, string, boolean][] = [
      [{ subscribe: ["event:*"] }, "event:x", true],
      [{ subscribe: ["event:*"] }, "event:*", true],
      [{ subscribe: ["event:x"] }, "event:*", false],
      [{ publish: ["*"] }, "event:x", false],
      [["event:*"], "event:x", false],
      [{ subscribe: "event:*" }, "event:x", false],
      [null, "event:x", false],
      [undefined, "event:x", true],
    ];
    for (const [topics, topic, isAllowed] of cases) {
      await using client = await join({ topics });
      const reply = await client.request({ action: "subscribe", topic });
      expect([topics, topic, reply.code]).toEqual([topics, topic, isAllowed ? undefined : "forbidden"]);
    }
  });

  test("nobody subscribes to tasks", async () => {
    await using client = await join();
    for (const topic of ["task:1", "task:*"])
      expect(await client.request({ action: "subscribe", topic })).toMatchObject({ code: "forbidden" });
  });

  test("replies come in the order of the requests", async () => {
    await using client = await join();
    for (let id = 0; id < 60; id++)
      client.send({ action: id % 2 ? "ping" : "subscribe", ...(id % 2 ? {} : { topic: "x" }), id });
    const ids: unknown[] = [];
    for (let at = 0; at < 60; at++) ids.push((await client.nextReply()).id);
    expect(ids).toEqual(Array.from({ length: 60 }, (_, id) => id));
  });

  test("a connection that is gone takes its subscriptions with it, and others stay", async () => {
    await using stays = await join();
    const goes = await join();
    await stays.request({ action: "subscribe", topic: "shared" });
    await goes.request({ action: "subscribe", topic: "shared" });
    goes.socket.destroy();
    await publish("shared", 1);
    expect(await stays.next()).toMatchObject({ topic: "shared", data: 1 });
  });
}
