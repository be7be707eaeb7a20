import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { createTestNetwork, UpgradeRefusedError } from "../../../src/testing/index.ts";
import { token } from "../../support/token.ts";
import { serving } from "./serving.ts";

const PATH = "/live/ws";

describe("a client", () => {
  test("is welcomed, asks and is told", async () => {
    const { hub, follow, ends, errors } = serving();
    const client = await follow("a");
    expect(client.welcome).toMatchObject({ type: "welcome", user: "alex" });
    expect(client.protocol).toBe("topichub.v1");
    await hub.publish("a", { x: 1 });
    await hub.publish("b", 1);
    expect(await client.next()).toMatchObject({ topic: "a", data: { x: 1 } });
    expect(await client.request({ action: "subscribe", topic: "not:alex" })).toMatchObject({
      code: "forbidden",
    });
    expect(await client.request({ action: "ping", id: "mine" })).toMatchObject({ id: "mine" });
    expect(client.unread).toEqual([]);
    expect(client.received).toHaveLength(5);
    client.send("no JSON");
    expect(await client.next()).toMatchObject({ status: "error", code: "invalid_json" });
    expect(await client.close(3001, "enough")).toEqual({ code: 3001, reason: "enough" });
    expect([ends, errors]).toEqual([[3001], []]);
  });

  test("finds what it waits for among other messages, which stay", async () => {
    const { hub, follow } = serving();
    const client = await follow("*");
    for (const data of [1, 2, 3]) await hub.publish("a", data);
    expect(await client.nextMatching(({ data }) => data === 2)).toMatchObject({ data: 2 });
    expect((await client.next()).data).toBe(1);
    expect((await client.next()).data).toBe(3);
  });

  test("waits no longer than it says, and says what for", async () => {
    const { follow } = serving();
    const client = await follow();
    await expect(client.next(5)).rejects.toThrow("not within 5 ms: a message");
    await expect(client.closed(5)).rejects.toThrow("not within 5 ms: the close");
    client.stall();
    await expect(client.request({ action: "ping" }, 5)).rejects.toThrow('the reply to {"id":"request-1"');
    client.cut();
    await expect(client.next()).rejects.toThrow("closed with 1006");
  });

  test("is closed by the hub with its code, after what was sent before", async () => {
    const { hub, follow, ends } = serving();
    const client = await follow("a");
    await hub.publish("a", "last");
    hub.disconnectUser("alex");
    expect(await client.closed()).toMatchObject({ code: 4501 });
    expect(await client.next()).toMatchObject({ data: "last" });
    expect(ends).toEqual([4501]);
  });

  test("leaves at the end of its block, also where its connection has vanished", async () => {
    const { follow, ends, network } = serving();
    {
      await using _ = await follow();
      await using stalled = await follow();
      stalled.stall();
      await using vanished = await follow();
      vanished.vanish();
      expect(network.connections).toHaveLength(3);
    }
    expect(ends).toEqual([1006, 1000, 1000]);
    expect(network.connections).toEqual([]);
  });

  test("has no welcome where it does not offer the protocol", async () => {
    const { network } = serving();
    const client = await network.connect(`${PATH}?token=${await token()}`, { protocols: [] });
    expect([client.protocol, client.welcome]).toEqual(["", undefined]);
    expect(await client.request({ action: "ping" })).toMatchObject({ status: "success" });
  });

  test("may sign in with its first message", async () => {
    const { network } = serving({ auth: { mode: "first-message" } });
    const client = await network.connect(PATH);
    await client.request({ action: "authenticate", token: await token() });
    expect(await client.request({ action: "ping" })).toMatchObject({ status: "success" });
    expect(client.welcome).toMatchObject({ user: "alex" });
  });
});

describe("a refusal", () => {
  const refusal = async (connecting: Promise<unknown>): Promise<UpgradeRefusedError> => {
    const error = await connecting.then(() => "connected").catch((fault: unknown) => fault);
    if (error instanceof UpgradeRefusedError) return error;
    throw new Error("it is none", { cause: error });
  };

  test("has what the server answered", async () => {
    const { network } = serving();
    const { status, code, body, headers } = await refusal(network.connect(PATH, { token: "bad" }));
    expect([status, code, headers.get("WWW-Authenticate")]).toEqual([
      401,
      "unauthorized",
      expect.stringContaining("Bearer"),
    ]);
    expect(body).toMatchObject({ status: "error", code: "unauthorized" });
  });

  test("comes of every check of the routes", async () => {
    const { network, hub } = serving({ limits: { connections_per_user: 1 } });
    const good = { token: await token() };
    const statusOf = async (path: string, options: Parameters<typeof network.connect>[1]) =>
      (await refusal(network.connect(path, options))).status;
    expect(await statusOf(PATH, { ...good, headers: { Origin: "https://evil.example" } })).toBe(403);
    expect(await statusOf(PATH, { ...good, protocols: ["other"] })).toBe(400);
    expect(await statusOf(PATH, { ...good, headers: { "Sec-WebSocket-Version": "8" } })).toBe(426);
    expect(await statusOf(PATH, {})).toBe(401);
    expect(await statusOf("/elsewhere", good)).toBe(404);
    const first = await network.connect(PATH, { ...good, headers: { Origin: "http://test" } });
    expect(await statusOf(PATH, good)).toBe(429);
    await first.close();
    await (await network.connect(PATH, good)).close();
    await hub.close();
    expect(await statusOf(PATH, good)).toBe(503);
    expect(network.connections).toEqual([]);
  });

  test("comes of middleware that replaces the answer, and leaves no place taken", async () => {
    const { app, network } = serving({ limits: { connections: 1 } });
    let isRefused = true;
    const outer = new Hono();
    outer.use(async (c, next) => {
      await next();
      if (isRefused) c.res = c.text("Not today", 403);
    });
    network.serve(outer.route("/", app));
    const good = { token: await token() };
    expect(await refusal(network.connect(PATH, good))).toMatchObject({ status: 403, body: "Not today" });
    isRefused = false;
    await (await network.connect(PATH, good)).close();
  });
});

test("nobody connects while the network is down, nor before there is an app", async () => {
  const { network, follow, hub } = serving();
  const client = await follow("a");
  network.down();
  await expect(follow()).rejects.toThrow("the test network is down");
  await expect(network.fetch("/live/publish")).rejects.toBeInstanceOf(TypeError);
  await hub.publish("a", 1);
  expect(await client.next()).toMatchObject({ data: 1 });
  network.up();
  await (await follow()).close();
  await expect(createTestNetwork().connect(PATH)).rejects.toThrow("network.serve(app) comes first");
});

test("an upgrade that comes past the network says so", async () => {
  const { app, errors } = serving();
  const headers = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    Authorization: `Bearer ${await token()}`,
  };
  expect((await app.request(PATH, { headers })).status).toBe(400);
  expect(String(errors)).toContain("network.connect");
});
