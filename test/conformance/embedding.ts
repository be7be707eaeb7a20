import { describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { deleteJson, getJson, postJson } from "../support/http.ts";
import { responseTo } from "../support/http-response.ts";
import { connectRaw, rawBytes, rawRequest } from "../support/raw-http.ts";
import { rawUpgrade } from "../support/raw-websocket.ts";
import { sharedServer } from "../support/shared-server.ts";
import { ROOT, type Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { encodeFrame } from "../support/ws-frames.ts";

export function embedding(target: Target): void {
  const app = (...options: string[]) => ({
    command: [...target.script(`${ROOT}test/support/embedded.mjs`), target.server, ...options],
  });
  const server = sharedServer(app());
  const live = async (path = "/live/ws", claims = {}) =>
    connect(server(), { token: await token(claims), path });

  test("a hub in an existing API, published to from one of its routes", async () => {
    await using client = await live();
    await client.request({ action: "subscribe", topic: "order:17" });
    const { status, json, headers } = await postJson(server(), "/orders/17", { state: "paid" });
    expect([status, json]).toEqual([201, { ok: true }]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(await client.next()).toMatchObject({ type: "order", topic: "order:17", data: { state: "paid" } });
    expect((await getJson(server(), "/orders")).json).toEqual({ orders: [] });
  });

  test("a user is reached on every connection, past all topics", async () => {
    await using one = await live("/live/ws", { sub: "kim" });
    await using two = await live("/live/ws", { sub: "kim" });
    await using other = await live("/live/ws", { sub: "sam" });
    expect((await postJson(server(), "/users/kim", { hello: 1 })).json).toEqual({ delivered: 2 });
    for (const client of [one, two])
      expect(await client.next()).toEqual({
        type: "message",
        data: { hello: 1 },
        time: expect.any(Number),
        direct: true,
      });
    await other.expectSilence();
  });

  test("an operator disconnects a user or a connection, and ends subscriptions", async () => {
    await using one = await live("/live/ws", { sub: "pat" });
    await using two = await live("/live/ws", { sub: "pat" });
    await two.request({ action: "subscribe", topics: ["order:1", "order:2"] });
    expect((await deleteJson(server(), "/users/pat/order:1")).json).toEqual({ unsubscribed: 1 });
    expect(await two.next()).toEqual({ type: "unsubscribed", topic: "order:1", code: "forbidden" });
    for (const order of [1, 2]) await postJson(server(), `/orders/${order}`, { order });
    expect(await two.next()).toMatchObject({ topic: "order:2" });
    expect((await deleteJson(server(), `/connections/${one.welcome?.connection}`)).json).toEqual({
      disconnected: 1,
    });
    expect(await one.closed).toEqual({ code: 4501, reason: "Disconnected by an operator" });
    expect((await deleteJson(server(), "/users/pat")).json).toEqual({ disconnected: 1 });
    expect((await two.closed).code).toBe(4501);
    expect((await deleteJson(server(), "/users/pat")).json).toEqual({ disconnected: 0 });
  });

  test("a WebSocket of the API's own works beside the hub, with its own subprotocol", async () => {
    const answer = await rawUpgrade(server(), { path: "/echo", protocols: ["graphql-transport-ws"] });
    if (!answer.upgraded) throw new Error(`refused with ${answer.status}`);
    expect(answer.protocol).toBe("graphql-transport-ws");
    answer.socket.send("hello");
    expect(await answer.socket.next()).toBe("echo hello");
    await answer.socket.close();
  });

  test("its own routes and a default of its own hold", async () => {
    await using client = await live("/live/ws", { topics: undefined });
    expect(await client.request({ action: "subscribe", topic: "other" })).toMatchObject({
      code: "forbidden",
    });
    expect(await client.request({ action: "subscribe", topic: "order:*" })).toMatchObject({
      status: "success",
    });
    expect((await getJson(server(), "/live/healthz")).status).toBe(404);
    expect((await getJson(server(), "/ws")).status).toBe(404);
  });

  test("connections that are gone leave nothing in the hub", async () => {
    const clients = await Promise.all(Array.from({ length: 15 }, () => live()));
    await Promise.all(
      clients.map((client) => client.request({ action: "subscribe", topics: ["order:1", "order:*"] })),
    );
    for (const client of clients) client.socket.destroy();
    const isEmpty = async () => {
      const { json } = await getJson(server(), "/hub");
      return json.connections === 0 && json.users === 0 && json.topics === 0;
    };
    await eventually(isEmpty, 5000, "an empty hub");
  });

  describe("what kills, hangs or leaks in the bare helpers", () => {
    const handshake = (target: string, host: string, extra = "") =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${extra}\r\n`;
    const lives = async (at = server()) => {
      await using client = await connect(at, { token: await token(), path: "/live/ws" });
      expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
    };

    for (const path of ["//", "//live/ws", "*", "/%", "/live/ws?%", "http://[/", "/\\..\\", "/live//ws"])
      test(`an upgrade of '${path}' is answered or dropped`, async () => {
        const { text } = await rawBytes(server(), handshake(path, "127.0.0.1", "Connection: close\r\n"), 500);
        expect(text).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
        await lives();
      });

    test("an upgrade without a host, or with two, is answered or dropped", async () => {
      for (const host of ["", "a b", "[", "x\r\nHost: y"]) {
        const { text } = await rawBytes(server(), handshake("/live/ws", host), 500);
        expect(text).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
      }
      await lives();
    });

    test("an upgrade to anything but WebSocket is answered like a request", async () => {
      const headers: [string, string][] = [
        ["Connection", "Upgrade, HTTP2-Settings"],
        ["Upgrade", "h2c"],
        ["HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"],
      ];
      const orders = await rawRequest(server(), { target: "/orders", headers });
      expect([orders.status, JSON.parse(orders.body)]).toEqual([200, { orders: [] }]);
      expect((await rawRequest(server(), { target: "/live/ws", headers })).status).toBe(426);
      const post = await rawRequest(server(), { method: "POST", target: "/orders/1", headers, body: "{}" });
      expect([201, 400]).toContain(post.status);
    });

    test("an upgrade of a route that does not upgrade is answered like a request", async () => {
      const orders = await rawUpgrade(server(), { path: "/orders" });
      expect([orders.status, orders.upgraded || orders.json]).toEqual([200, { orders: [] }]);
      expect((await rawUpgrade(server(), { path: "/nowhere" })).status).toBe(404);
    });

    test("a refusal has its body and the app's headers", async () => {
      const answer = await rawUpgrade(server(), { path: "/live/ws" });
      expect(answer.upgraded || answer.json).toMatchObject({ code: "unauthorized" });
      expect([answer.status, answer.headers.get("x-content-type-options")]).toEqual([401, "nosniff"]);
    });

    describe("with checks that take their time", () => {
      const slow = sharedServer(app("slow"));

      test("resets before the upgrade is complete leave nothing behind", async () => {
        const request = handshake("/live/ws", "127.0.0.1", `Authorization: Bearer ${await token()}\r\n`);
        const before = openDescriptors(slow().pid);
        for (let round = 0; round < 3; round++) {
          const connections = await Promise.all(Array.from({ length: 10 }, () => connectRaw(slow())));
          for (const connection of connections) connection.write(request);
          await new Promise((resolve) => setTimeout(resolve, 30));
          for (const connection of connections) connection.reset();
          await lives(slow());
        }
        const isBack = () => openDescriptors(slow().pid) <= before + 3;
        await eventually(isBack, 5000, "descriptors to come back");
        const { json } = await getJson(slow(), "/hub");
        expect(json).toEqual({ connections: 0, users: 0, topics: 0 });
        // As many as a user may have: each of the resets has given its place back.
        const places = await Promise.all(
          Array.from({ length: 20 }, async () => connect(slow(), { token: await token(), path: "/live/ws" })),
        );
        for (const client of places) await client.close();
      }, 20_000);

      if (target.capabilities.acceptsPipelinedFrames)
        test("frames that were sent before the 101 are delivered", async () => {
          const frame = encodeFrame('{"action":"ping","id":"early"}');
          const headers = { Authorization: `Bearer ${await token()}` };
          const answer = await rawUpgrade(slow(), { path: "/live/ws", headers, extraBytes: frame });
          if (!answer.upgraded) throw new Error(`refused with ${answer.status}`);
          expect(JSON.parse(await answer.socket.next())).toMatchObject({ message: "pong", id: "early" });
          await answer.socket[Symbol.asyncDispose]();
        });
    });

    if (target.capabilities.hasUpgradeEvent)
      describe("beside a second upgrade listener", () => {
        const shared = sharedServer(app("second-listener"));
        test("upgrades, and refusals with their bodies, go on", async () => {
          await lives(shared());
          const refused = await rawUpgrade(shared(), { path: "/live/ws" });
          expect([refused.status, refused.upgraded || refused.json]).toMatchObject([
            401,
            { code: "unauthorized" },
          ]);
        });

        test("a refusal on a connection that served a request before is written too", async () => {
          const connection = await connectRaw(shared());
          connection.write("GET /orders HTTP/1.1\r\nHost: x\r\n\r\n");
          expect((await connection.take(responseTo("GET"), 5000, "the orders")).status).toBe(200);
          connection.write(handshake("/live/ws", "127.0.0.1"));
          expect((await connection.take(responseTo("GET"), 5000, "the refusal")).status).toBe(401);
          connection.reset();
        });

        test("what is the other's is left to it", async () => {
          const { text } = await rawBytes(shared(), handshake("/second", "127.0.0.1"), 5000);
          expect(text).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nsecond$/s);
          await lives(shared());
        });
      });
  });
}
