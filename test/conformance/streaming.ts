import { describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { askForStream, openStream, type StreamOptions, streamPath } from "../support/event-stream.ts";
import { deleteJson, getJson, postJson } from "../support/http.ts";
import { connectRaw, rawRequest, requestBytes } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, type Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const HANDSHAKE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
// Less than the heartbeat takes, and more than who has ended its side is given.
const GONE_MS = 2000;
const HEARTBEAT = { interval_ms: 300, timeout_ms: 2000 };
const RULES = [
  { match: "kept:*", history: { size: 10, ttl_s: 60 } },
  { match: "now:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
];

export function streaming(target: Target): void {
  const server = sharedServer(target, { config: { heartbeat: HEARTBEAT, topics: RULES } });
  const open = async (topics: readonly string[], options: StreamOptions & { sub?: string } = {}) =>
    openStream(server(), topics, { token: await token({ sub: options.sub ?? "alex" }), ...options });
  const publish = async (messages: object[], at = server()) => {
    const { status } = await postJson(at, "/publish", { messages }, { token: await token({ sub: "kim" }) });
    expect(status).toBe(200);
  };
  const admin = () => token({ sub: "operator", admin: true });
  const presence = async (topic: string) => {
    const { json } = await getJson(server(), `/topics/${topic}/presence`, { token: await token() });
    return Array.isArray(json.users) ? json.users : [];
  };

  test.concurrent("what is published comes as events, after the reply to a subscription", async () => {
    await using stream = await open(["chat:1"]);
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(stream.headers.get("x-accel-buffering")).toBe("no");
    const { event, id, data = "" } = await stream.next();
    expect([event, id]).toEqual(["subscribed", expect.stringMatching(/^[\w-]+$/)]);
    expect(JSON.parse(data)).toEqual({
      ...{ status: "success", message: "Subscribed to topic 'chat:1'" },
      ...{ action: "subscribe", topic: "chat:1" },
    });
    const lines = "one\ntwo\r\nthree\u2028four\r:five\n\ndata: six";
    await publish([{ topic: "chat:1", data: lines }]);
    const publication = await stream.next();
    expect(Object.keys(publication)).toEqual(["data"]);
    expect(JSON.parse(publication.data ?? "")).toEqual({
      ...{ type: "message", topic: "chat:1", data: lines, time: expect.any(Number) },
    });
  });

  test.concurrent("several topics and a pattern are answered as a list, and each publication comes once", async () => {
    await using stream = await open(["many:1", "many:*", "other"]);
    const reply = await stream.nextData();
    expect(reply).toMatchObject({ message: "Subscribed to 3 of 3 topics", action: "subscribe" });
    expect(reply.topics).toMatchObject([{ topic: "many:1" }, { topic: "many:*" }, { topic: "other" }]);
    await publish(["many:1", "nobody", "many:2", "other"].map((topic) => ({ topic, data: 1 })));
    for (const topic of ["many:1", "many:2", "other"])
      expect(await stream.nextData()).toMatchObject({ topic });
  });

  test.concurrent("errors come before the stream, in their order", async () => {
    const good = await token({ topics: { subscribe: ["a*"], publish: [] } });
    const many = Array.from({ length: 201 }, (_, at) => `a${at}`);
    const foreign = [["Origin", "https://elsewhere.example"]] as const;
    for (const [path, options, status, code, text] of [
      ["/sse", { headers: foreign }, 403, "forbidden", "This origin may not connect"],
      ["/sse?other=1", {}, 401, "unauthorized", "Missing token"],
      ["/sse?topic=a&token=x", {}, 401, "unauthorized", "Invalid token"],
      ["/sse?topic=a&other=1", { token: good }, 400, "invalid_message", "Unknown field 'other'"],
      ["/sse", { token: good }, 400, "missing_field", "'topic' is missing"],
      ["/sse?topic=a&topic=", { token: good }, 400, "invalid_topic", "at least one character"],
      ["/sse?topic=b&topic=a**", { token: good }, 400, "invalid_topic", "'*' may only stand at the end"],
      [streamPath(many), { token: good }, 400, "limit_reached", "at most 200 subscriptions"],
      ["/sse?topic=a&topic=b*", { token: good }, 403, "forbidden", "subscribe to topic 'b*'"],
      ["/sse?topic=*", { token: good }, 403, "forbidden", "subscribe to topic '*'"],
    ] as const) {
      const answer = await askForStream(server(), path, options);
      if (!("status" in answer)) throw new Error(`${path} is streamed`);
      const body = JSON.parse(answer.body);
      expect([path, answer.status, body.status, body.code]).toEqual([path, status, "error", code]);
      expect(body.message).toContain(text);
      expect(answer.headers.get("x-topichub-error")).toBe(code);
    }
    for (const method of ["HEAD", "POST", "PUT"]) {
      const headers = [["Authorization", `Bearer ${good}`]] as const;
      const { status } = await rawRequest(server(), { method, target: "/sse?topic=a", headers });
      expect([method, status]).toEqual([method, 404]);
    }
  });

  test.concurrent("the token may stand in the query or the cookie", async () => {
    const good = await token();
    const cookie = [["Cookie", `access_token_cookie=${good}`]] as const;
    for (const [path, options] of [
      [`/sse?topic=a&token=${good}`, {}],
      ["/sse?topic=a", { headers: cookie }],
    ] as const) {
      const answer = await askForStream(server(), path, options);
      if ("status" in answer) throw new Error(`refused with ${answer.status}`);
      expect(await answer.nextData()).toMatchObject({ status: "success" });
      answer.connection.reset();
    }
  });

  test.concurrent("it is a connection: in presence and lists, and sent to directly", async () => {
    await using stream = await open(["hall"], { sub: "guest" });
    await stream.next();
    expect(await presence("hall")).toEqual([{ user: "guest", connections: 1 }]);
    const message = { type: "note", data: "hello" };
    const sent = await postJson(server(), "/users/guest/messages", message, { token: await admin() });
    expect(sent.json).toMatchObject({ delivered: 1 });
    expect(await stream.nextData()).toMatchObject({ ...message, direct: true });
    const ended = await deleteJson(server(), "/users/guest/subscriptions/hall", { token: await admin() });
    expect(ended.json).toMatchObject({ unsubscribed: 1 });
    const { event, data = "" } = await stream.next();
    expect([event, JSON.parse(data)]).toEqual([
      "unsubscribed",
      { type: "unsubscribed", topic: "hall", code: "forbidden" },
    ]);
    expect(await presence("hall")).toEqual([]);
  });

  test.concurrent("who leaves is gone at once, be it by a reset or by an end", async () => {
    const reset = await open(["door"], { sub: "a" });
    const ended = await open(["door"], { sub: "b" });
    expect(await presence("door")).toHaveLength(2);
    reset.connection.reset();
    ended.connection.end();
    await eventually(async () => (await presence("door")).length === 0, 2000, "both to be gone");
    ended.connection.reset();
  });

  test.concurrent("who leaves before the answer, or asked to upgrade besides, is gone too", async () => {
    const headers = [["Authorization", `Bearer ${await token({ sub: "hasty" })}`]] as const;
    const upgrades = ["h2c", "websocket"].map((name) => [
      ...[["Connection", "Upgrade"] as const, ["Upgrade", name] as const],
      ...[["Sec-WebSocket-Version", "13"] as const, ["Sec-WebSocket-Key", HANDSHAKE_KEY] as const],
    ]);
    for (const upgrade of [[], ...upgrades])
      for (const waits of [false, true])
        for (const way of ["reset", "end"] as const) {
          const connection = await connectRaw(server());
          const request = { target: "/sse?topic=gate", headers: [...headers, ...upgrade] };
          connection.write(requestBytes(server(), request));
          if (waits) await eventually(async () => (await presence("gate")).length > 0, 2000, "its stream");
          connection[way]();
          // One request after the other: this one was begun, be it that its connection was gone by then.
          await getJson(server(), "/healthz");
          const what = `${upgrade[1]?.[1] ?? "no upgrade"}, ${waits ? "late" : "early"}, by ${way}`;
          await eventually(async () => (await presence("gate")).length === 0, GONE_MS, what);
          connection.reset();
        }
  });

  test.concurrent("an operator's disconnect ends it for good", async () => {
    await using stream = await open(["x"], { sub: "banned" });
    await stream.next();
    await deleteJson(server(), "/users/banned/connections", { token: await admin() });
    const { event, id, data = "" } = await stream.end();
    expect([event, JSON.parse(data)]).toEqual([
      "close",
      { code: 4501, reason: "Disconnected by an operator" },
    ]);
    const again = await askForStream(server(), "/sse?topic=x", {
      token: await token({ sub: "banned" }),
      lastId: id ?? "",
    });
    if (!("status" in again)) throw new Error("it is streamed again");
    expect([again.status, again.body]).toEqual([204, ""]);
    await using anew = await open(["x"], { sub: "banned" });
    expect(await anew.nextData()).toMatchObject({ status: "success" });
  });

  test.concurrent("it ends with its token, and its id stays what it was", async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    await using stream = await open(["x"], { token: await token({ exp }) });
    await stream.next();
    const { event, id, data = "" } = await stream.end();
    expect([event, id, JSON.parse(data)]).toEqual([
      "close",
      undefined,
      { code: 4100, reason: "Token expired" },
    ]);
  });

  test.concurrent("where nothing is said a comment is", async () => {
    await using stream = await open(["quiet"]);
    await stream.next();
    for (let at = 0; at < 3; at++) await stream.comment(HEARTBEAT.interval_ms * 4);
  });

  describe("resuming", () => {
    test.concurrent("what was missed comes first, then what is new", async () => {
      const topics = ["kept:a", "kept:b*", "plain"];
      const first = await open(topics);
      await first.next();
      await publish(
        [1, 2].flatMap((data) => ["kept:a", "kept:b1", "plain"].map((topic) => ({ topic, data }))),
      );
      for (let at = 0; at < 6; at++) await first.next();
      first.connection.reset();
      const { lastId } = first;
      await publish(["kept:a", "kept:b1", "kept:b2", "plain"].map((topic) => ({ topic, data: 3 })));
      await using second = await open(topics, { lastId });
      const reply = await second.nextData();
      expect(reply.topics).toMatchObject([
        { topic: "kept:a", recovered: true, offset: 3 },
        { topic: "kept:b*", recovered: true },
        { topic: "plain", recovered: false },
      ]);
      for (const topic of ["kept:a", "kept:b1", "kept:b2"])
        expect(await second.nextData()).toMatchObject({ topic, data: 3 });
      await publish([{ topic: "kept:a", data: 4 }]);
      expect(await second.nextData()).toMatchObject({ topic: "kept:a", data: 4, offset: 4 });
    });

    test.concurrent("an id from the middle of what was missed goes on from there", async () => {
      const first = await open(["kept:m"]);
      await first.next();
      first.connection.reset();
      await publish([1, 2, 3].map((data) => ({ topic: "kept:m", data })));
      const second = await open(["kept:m"], { lastId: first.lastId });
      expect(await second.nextData()).toMatchObject({ recovered: true });
      const { id, data = "" } = await second.next();
      expect(JSON.parse(data)).toMatchObject({ data: 1 });
      second.connection.reset();
      await using third = await open(["kept:m"], { lastId: id ?? "" });
      expect(await third.nextData()).toMatchObject({ recovered: true });
      expect(await third.nextData()).toMatchObject({ data: 2 });
    });

    test.concurrent("an id that says nothing is told that it does", async () => {
      await publish([{ topic: "now:x", data: "current" }]);
      for (const lastId of ["7", "WyJ4Iix7fV0", "*", "é", "x".repeat(5000)]) {
        await using stream = await open(["now:x"], { lastId });
        expect(await stream.nextData()).toMatchObject({ recovered: false, offset: 1 });
        expect(await stream.nextData()).toMatchObject({ data: "current" });
      }
    });
  });

  test("a stream takes a user's place and gives it back, and a stop says when to come back", async () => {
    await using own = await spawnServer(target, { config: { limits: { connections_per_user: 1 } } });
    const options = { token: await token() };
    const stream = await openStream(own, ["x"], options);
    const second = await askForStream(own, "/sse?topic=x", options);
    expect("status" in second && second.status).toBe(429);
    await expect(connect(own, { token: await token() })).rejects.toThrow("refused with 429");
    stream.connection.reset();
    await using next = await eventually(() => openStream(own, ["event:*"], options), 2000, "a free place");
    await next.next();
    own.signal("SIGTERM");
    expect(await next.nextData()).toMatchObject({ topic: "event:before_web_server_stop" });
    const { event, retry, data = "" } = await next.next();
    const { after_ms } = JSON.parse(data);
    expect([event, retry]).toEqual(["reconnect", String(after_ms)]);
    const { id, ...last } = await next.end();
    expect([id, last]).toEqual([
      undefined,
      { event: "close", data: '{"code":1012,"reason":"Server is stopping"}' },
    ]);
    expect(await own.exited).toMatchObject({ code: 0 });
  });

  describe("a reader that stops", () => {
    const limits = { message_bytes: 200_000 };
    const start = () =>
      spawnServer(target, { config: { limits, topics: RULES }, env: { LOG_LEVEL: "debug" } });
    /** Less than `unsent_bytes`, so that who reads is never too slow for it. */
    const wave = async (at: Server, topic: string) => {
      const messages = Array.from({ length: 8 }, () => ({ topic, data: "x".repeat(100_000) }));
      await publish(messages, at);
      return messages.length;
    };

    test.concurrent("is cut off, and nobody else feels it", async () => {
      await using own = await start();
      await using canary = await openStream(own, ["storm"], { token: await token() });
      await using stopped = await openStream(own, ["storm"], { token: await token({ sub: "slow" }) });
      await canary.next();
      await stopped.next();
      stopped.connection.socket.pause();
      const isCut = () => /"disconnected".*"user":"slow".*"code":4001/.test(own.stderr());
      const until = Date.now() + 15_000;
      while (!isCut() && Date.now() < until)
        for (let left = await wave(own, "storm"); left > 0; left--) await canary.next();
      await eventually(isCut, 1000, "the one that stopped to be cut off");
      await publish([{ topic: "storm", data: "after" }], own);
      expect(await canary.nextData()).toMatchObject({ data: "after" });
    });

    test.concurrent("gets the newest of a topic that is conflated", async () => {
      await using own = await start();
      await using stopped = await openStream(own, ["now:x"], { token: await token() });
      await stopped.next();
      stopped.connection.socket.pause();
      // Some megabytes are the kernel's.
      for (let waves = 0; waves < 10; waves++) await wave(own, "now:x");
      await publish([{ topic: "now:x", data: "newest" }], own);
      stopped.connection.socket.resume();
      const names = new Set<string | undefined>();
      for (let data: unknown; data !== "newest"; ) {
        const event = await stopped.next();
        names.add(event.event);
        ({ data } = JSON.parse(event.data ?? ""));
      }
      expect(names).toContain("gap");
    });
  });

  test("an app that compresses does not compress it", async () => {
    const command = [...target.script(`${ROOT}test/support/embedded.mjs`), target.server, "compress"];
    await using own = await spawnServer({ command });
    const headers = [["Accept-Encoding", "gzip, deflate, br"]] as const;
    await using stream = await openStream(own, ["order:1"], {
      token: await token(),
      headers,
      path: "/live/sse",
    });
    expect(stream.headers.get("content-encoding")).toBeUndefined();
    await stream.next();
    await postJson(own, "/orders/1", { note: "x".repeat(5000) });
    expect(await stream.nextData()).toMatchObject({ type: "order", topic: "order:1" });
    const page = await rawRequest(own, { target: "/orders", headers });
    expect(page.headers.get("content-encoding")).toBe("gzip");
  });
}
