import { expect, test } from "bun:test";
import { type Client, connect, type Message } from "../support/client.ts";
import { getJson, postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const TOPICS = [
  { match: "event:*", history: { size: 256, ttl_s: 300 } },
  { match: "level:*", history: { size: 1, ttl_s: 300 }, slow: "latest" },
];

export function resuming(target: Target): void {
  const server = sharedServer(target, { config: { topics: TOPICS, limits: { unsent_bytes: 65_536 } } });
  const grants = { topics: { subscribe: ["*"], publish: ["*"] } };
  const open = async () => connect(server(), { token: await token(grants) });
  const publish = async (...messages: [topic: string, data: unknown][]) => {
    const body = { messages: messages.map(([topic, data]) => ({ topic, data })) };
    const { status, json } = await postJson(server(), "/publish", body, { token: await token(grants) });
    expect(status).toBe(200);
    return json.published as Message[];
  };
  /** The next so many publications, as `topic#offset=data`. */
  const take = async (client: Client, count: number) => {
    const told: string[] = [];
    while (told.length < count) {
      const { topic, offset, data } = await client.next(5000);
      told.push(`${topic}#${offset}=${data}`);
    }
    return told;
  };

  test("a topic goes on exactly where it was left, before anything new", async () => {
    await using first = await open();
    const { epoch, offset } = await first.request({ action: "subscribe", topic: "event:a" });
    const [published] = await publish(["event:a", 1]);
    expect(published).toEqual({ topic: "event:a", epoch, offset: Number(offset) + 1 });
    expect(await take(first, 1)).toEqual([`event:a#${published?.offset}=1`]);
    await first.close();
    await publish(["event:a", 2], ["event:b", 0], ["event:a", 3]);
    await using second = await open();
    const since = { epoch, offset: published?.offset };
    const reply = await second.request({ action: "subscribe", topic: "event:a", since });
    expect(reply).toMatchObject({ recovered: true, epoch, offset: Number(since.offset) + 2 });
    await publish(["event:a", 4]);
    const told = await take(second, 3);
    expect(told.map((it) => it.replace(/.*=/, ""))).toEqual(["2", "3", "4"]);
    const lost = { epoch: "lost", offset: 0 };
    expect(await second.request({ action: "subscribe", topic: "event:a", since: lost })).toMatchObject({
      status: "success",
      recovered: false,
    });
    await second.expectSilence();
  });

  test("a pattern goes on in the order of publishing, with topics that are new since", async () => {
    await using first = await open();
    await publish(["event:p:1", "old"]);
    const { epoch, floor, offsets } = await first.request({ action: "subscribe", topic: "event:p:*" });
    expect([floor, offsets]).toEqual([0, { "event:p:1": 1 }]);
    await first.close();
    await publish(["event:p:2", 1], ["event:p:1", 2], ["event:p:3", 3], ["event:p:2", 4]);
    await using second = await open();
    const since = { epoch, floor, offsets };
    const topics = [{ topic: "event:p:*", since }, "event:q"];
    const reply = await second.request({ action: "subscribe", topics });
    expect(reply.topics).toMatchObject([{ recovered: true }, { status: "success" }]);
    const told = ["event:p:2#1=1", "event:p:1#2=2", "event:p:3#1=3", "event:p:2#2=4"];
    expect(await take(second, 4)).toEqual(told);
    await second.expectSilence();
  });

  test("a current value comes right after the reply", async () => {
    await publish(["level:a", 1], ["level:a", 2]);
    await using client = await open();
    await client.request({ action: "subscribe", topic: "level:*" });
    expect(await take(client, 1)).toEqual(["level:a#2=2"]);
    await client.expectSilence();
  });

  test("a replay larger than the limit of unsent bytes reaches a reader that stops and goes on", async () => {
    const large = "x".repeat(50_000);
    const count = 40;
    await using first = await open();
    const { epoch, offset } = await first.request({ action: "subscribe", topic: "event:large" });
    await first.close();
    for (let at = 0; at < count; at++) await publish(["event:large", `${at}:${large}`]);
    await using client = await open();
    await client.request({ action: "subscribe", topic: "other" });
    client.socket.pause();
    client.send({ action: "subscribe", topic: "event:large", since: { epoch, offset } });
    await publish(["event:large", `${count}:`]);
    client.socket.resume();
    const told = await take(client, count + 1);
    const numbers = told.map((it) => Number(/=(\d+):/.exec(it)?.[1]));
    expect(numbers).toEqual(Array.from({ length: count + 1 }, (_, at) => at));
    await client.expectSilence();
  });

  test("history is told over the WebSocket and over HTTP", async () => {
    await using client = await open();
    const [first] = await publish(["event:h", 1], ["event:h", 2], ["event:h", 3]);
    const { epoch, offset } = first ?? {};
    const newest = await client.request({ action: "history", topic: "event:h", limit: 1 });
    expect(newest).toMatchObject({ epoch, offset: Number(offset) + 2, publications: [{ data: 3 }] });
    const path = `/topics/event%3Ah/history?since=${epoch}:${offset}`;
    const { status, json, headers } = await getJson(server(), path, { token: await token(grants) });
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(json).toEqual({
      status: "success",
      topic: "event:h",
      epoch,
      offset: Number(offset) + 2,
      recovered: true,
      publications: [2, 3].map((data, at) => ({
        type: "event",
        topic: "event:h",
        data,
        offset: Number(offset) + 1 + at,
        time: expect.any(Number),
      })),
    });
    const admin = await token({ admin: true });
    const { json: list } = await getJson(server(), "/topics", { token: admin });
    expect(list.topics).toEqual([]);
    await client.request({ action: "subscribe", topic: "event:h" });
    const listed = await getJson(server(), "/topics", { token: admin });
    expect(listed.json.topics).toEqual([{ topic: "event:h", subscribers: 1, offset: Number(offset) + 2 }]);
  });

  test("history is told to who may subscribe, and only where it is kept", async () => {
    const get = async (path: string, claims = {}) => {
      const { status, json } = await getJson(server(), path, { token: await token(claims) });
      return [status, json.code, json.message];
    };
    const none = { topics: { subscribe: ["other"] } };
    const noGrant = "No grant to subscribe to topic 'event:h'";
    expect(await get("/topics/event:h/history", none)).toEqual([403, "forbidden", noGrant]);
    const noHistory = "Topic 'other' keeps no history";
    expect(await get("/topics/other/history")).toEqual([404, "not_found", noHistory]);
    expect((await get("/topics/a*/history"))[1]).toBe("invalid_topic");
    for (const [query, message] of [
      ["limit=1001", "'limit' takes a whole number from 0 to 1000, got '1001'"],
      ["since=5", "'since' takes EPOCH:OFFSET, got '5'"],
      ["since=a:1&since=a:1", "'since' stands once at most"],
      ["after=1", "Unknown field 'after'"],
    ])
      expect(await get(`/topics/event:h/history?${query}`)).toEqual([400, "invalid_message", message]);
    expect((await getJson(server(), "/topics/event:h/history")).status).toBe(401);
  });
}
