import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { z } from "zod";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { defineTopics } from "../../../src/protocol/topic-catalogue.ts";
import { openSession } from "./session-setup.ts";
import { connect, dataOf, newHub } from "./setup.ts";

let looks = 0;
const counted = v.pipe(
  v.string(),
  v.check(() => ++looks > 0),
);
const broken = v.pipe(
  v.string(),
  v.check(() => {
    throw new RangeError("the schema is broken");
  }),
);
const topics = defineTopics({
  "backup:done": v.object({ server_name: v.string(), files: v.optional(v.number(), 0) }),
  "usage:{server}": z.object({ pid: z.number() }),
  "task:{id}": v.object({ status: v.string() }),
  counted,
  broken,
  slow: v.pipeAsync(
    v.string(),
    v.checkAsync(async () => true),
  ),
});
const strict = defineTopics({ a: v.string() }, { others: "refuse" });

/** What a call rejects with. */
const faultOf = async (call: Promise<unknown>) => {
  const fault = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  return fault instanceof TypeError ? `${fault.name}: ${fault.message}` : fault;
};

describe("a hub with typed topics", () => {
  test("delivers what a topic's schema makes of the data, and what is no topic of theirs as it is", async () => {
    const { hub } = newHub({ schemas: topics });
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, "*");
    const heard: unknown[] = [];
    hub.listen("*", ({ data }) => heard.push(data));
    await hub.publish("backup:done", { server_name: "a", more: 1 });
    await hub.publish("usage:a", { pid: 1, more: 1 });
    await hub.publish("other", { any: 1 });
    const delivered = [{ server_name: "a", files: 0 }, { pid: 1 }, { any: 1 }];
    expect(dataOf(transport)).toEqual(delivered);
    expect(heard).toEqual(delivered);
  });

  test("refuses other data with a TypeError that names the field, and delivers nothing", async () => {
    const { hub, errors } = newHub({ schemas: topics });
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, "*");
    for (const [topic, data, message] of [
      ["backup:done", { server_name: 1 }, "'data.server_name' takes a string, got 1"],
      ["backup:done", undefined, "'data' is missing"],
      ["usage:a", { pid: "1" }, "'data.pid': Invalid input: expected number, received string"],
      ["slow", "x", `The schema of "slow" is asynchronous: those of topics are not`],
    ] as const)
      expect(await faultOf(hub.publish(topic, data))).toBe(`TypeError: ${message}`);
    expect(await faultOf(hub.publish("broken", "x"))).toEqual(new RangeError("the schema is broken"));
    expect(transport.frames).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("tells onError where nobody awaits that", async () => {
    const { hub, errors } = newHub({ schemas: topics });
    void hub.publish("backup:done", {});
    void hub.sendToUser("alex", { topic: "task:1", data: {} });
    await hub.publish("other", 1);
    await Promise.resolve();
    expect(errors).toEqual(["publish: 'data.server_name' is missing", "publish: 'data.status' is missing"]);
  });

  test("publishes in the order of the calls, and before they return", async () => {
    const { hub } = newHub({ schemas: topics });
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, "*");
    void hub.publish("usage:a", { pid: 1 });
    void hub.publish("other", 2);
    void hub.publish("usage:b", { pid: 3 });
    expect(dataOf(transport)).toEqual([{ pid: 1 }, 2, { pid: 3 }]);
  });

  test("looks at what is sent directly where it has a topic of theirs", async () => {
    const { hub } = newHub({ schemas: topics });
    const { connection, transport } = connect(hub);
    await hub.sendToUser("alex", { topic: "task:1", data: { status: "done", more: 1 } });
    await hub.sendToConnection(connection.id, { topic: "other", data: 1 });
    await hub.sendToConnection(connection.id, { data: 2 });
    expect(dataOf(transport)).toEqual([{ status: "done" }, 1, 2]);
    const refused = "TypeError: 'data.status' takes a string, got 5";
    const message = { topic: "task:1", data: { status: 5 } };
    expect(await faultOf(hub.sendToUser("alex", message))).toBe(refused);
    expect(await faultOf(hub.sendToConnection(connection.id, message))).toBe(refused);
    expect(transport.take()).toEqual([]);
  });

  test("looks once at each", async () => {
    const { hub, ask } = openSession({ hub: { schemas: topics } });
    for (const send of [
      () => hub.publish("counted", "x"),
      () => hub.sendToUser("alex", { topic: "counted", data: "x" }),
      () => ask({ action: "publish", topic: "counted", data: "x" }),
    ]) {
      const before = looks;
      await send();
      expect(looks - before).toBe(1);
    }
  });

  test("refuses other topics where that is said, those of direct messages too", async () => {
    const { hub } = newHub({ schemas: strict });
    const { transport } = connect(hub);
    const refused = "TypeError: There is no topic 'b' here";
    expect(await faultOf(hub.publish("b", 1))).toBe(refused);
    expect(await faultOf(hub.sendToUser("alex", { topic: "b", data: 1 }))).toBe(refused);
    expect(await hub.sendToUser("alex", { data: 1 })).toBe(1);
    await hub.publish("a", "x");
    expect(dataOf(transport)).toEqual([1]);
  });

  test("tells its schemas, and has none unless given", () => {
    expect(new TopicHub({ schemas: topics }).schemas?.counted).toBe(counted);
    expect(new TopicHub().schemas).toBeUndefined();
  });
});

describe("the request publish, to a hub with typed topics", () => {
  const request = (topic: string, data: unknown) => ({ action: "publish", topic, data });

  test("is refused as an invalid message, and not published", async () => {
    const { hub, ask, errors } = openSession({ hub: { schemas: topics } });
    const heard: unknown[] = [];
    hub.listen("*", ({ data }) => heard.push(data));
    expect(await ask({ ...request("backup:done", { server_name: 1 }), id: 7 })).toEqual({
      status: "error",
      code: "invalid_message",
      message: "'data.server_name' takes a string, got 1",
      ...{ action: "publish", topic: "backup:done", id: 7 },
    });
    expect(heard).toEqual([]);
    await ask(request("backup:done", { server_name: "a" }));
    expect(heard).toEqual([{ server_name: "a", files: 0 }]);
    expect(errors).toEqual([]);
  });

  test("counts as one, and twenty of them end the connection", async () => {
    const { ask, transport } = openSession({ hub: { schemas: topics } });
    for (let sent = 0; sent < 20; sent++) await ask(request("usage:a", {}));
    expect(await transport.closed()).toMatchObject({ code: 4500 });
  });

  test("is refused as an invalid topic where others are refused", async () => {
    const { ask } = openSession({ hub: { schemas: strict } });
    expect(await ask(request("b", 1))).toMatchObject({
      code: "invalid_topic",
      message: "There is no topic 'b' here",
    });
  });

  test("is not looked at without a grant", async () => {
    const { ask } = openSession({ hub: { schemas: topics }, authorize: () => false });
    expect(await ask(request("usage:a", {}))).toMatchObject({ code: "forbidden" });
  });

  test("leaves its idempotency key free where it is refused", async () => {
    const { ask } = openSession({ hub: { schemas: topics } });
    const keyed = (data: unknown) => ({ ...request("usage:a", data), idempotency_key: "k" });
    expect(await ask(keyed({}))).toMatchObject({ code: "invalid_message" });
    for (const _ of [1, 2])
      expect(await ask(keyed({ pid: 1, more: 1 }))).toMatchObject({ status: "success" });
    // Told by what was sent, not by what the schema makes of it.
    expect(await ask(keyed({ pid: 1 }))).toMatchObject({
      code: "invalid_message",
      message: "'idempotency_key' was used for another message in the last 5 minutes",
    });
  });

  test("fails on the server's side where a schema throws or is asynchronous", async () => {
    const { ask, errors, transport } = openSession({ hub: { schemas: topics } });
    for (let sent = 0; sent < 20; sent++)
      expect(await ask(request(sent % 2 ? "slow" : "broken", "x"))).toMatchObject({
        code: "unavailable",
        message: "The request failed, try again",
        retry_after_ms: 1000,
      });
    expect(transport.closing).toBeUndefined();
    expect(new Set(errors)).toEqual(
      new Set([
        "session: the schema is broken",
        `session: The schema of "slow" is asynchronous: those of topics are not`,
      ]),
    );
  });
});
