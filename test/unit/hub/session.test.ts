import { describe, expect, test } from "bun:test";
import { TokenError } from "../../../src/hub/principal.ts";
import { LIMITS, openSession, sendBinary } from "./session-setup.ts";
import { NOW, principal, turn } from "./setup.ts";

const DAY = 86_400_000;
const PONG = { status: "success", message: "pong", action: "ping" };

describe("welcome", () => {
  test("goes to a client that offered the subprotocol, before anything else", () => {
    const expiresAt = NOW + 1000;
    const { transport, session } = openSession({
      hasSubprotocol: true,
      principal: principal("alex", { expiresAt }),
    });
    expect(transport.take()).toEqual([
      {
        type: "welcome",
        version: "1.2.3",
        features: [
          ...["patterns", "lists", "since"],
          ...["publish", "authenticate", "history", "presence", "ping"],
        ],
        connection: session.connection.id,
        user: "alex",
        ping_interval_ms: 25_000,
        expires_at: expiresAt,
      },
    ]);
  });

  test("says null for a token without an end, and goes to no other client", () => {
    expect(openSession({ hasSubprotocol: true }).transport.take()).toMatchObject([{ expires_at: null }]);
    expect(openSession().transport.frames).toEqual([]);
  });
});

describe("requests", () => {
  test("are answered in their order, however long each takes", async () => {
    const gates: (() => void)[] = [];
    const { send, transport, hub } = openSession({
      authorize: async (_, __, topic) => {
        if (topic === "slow") await new Promise<void>((resolve) => gates.push(resolve));
        return topic !== "secret";
      },
    });
    send({ action: "subscribe", topic: "slow", id: 1 });
    send({ action: "subscribe", topic: "secret", id: 2 });
    send({ action: "ping", id: 3 });
    send("nonsense");
    send({ action: "unsubscribe", topic: "slow", id: 4 });
    send({ action: "publish", topic: "slow", data: 1, id: 5 });
    await turn();
    expect(transport.frames).toEqual([]);
    gates.shift()?.();
    await turn();
    gates.shift()?.();
    for (const wanted of [{ id: 1 }, { id: 2, code: "forbidden" }, { id: 3 }, { code: "invalid_json" }])
      expect(await transport.next()).toMatchObject(wanted);
    for (const id of [4, 5]) expect(await transport.next()).toMatchObject({ id, status: "success" });
    expect(hub.size.topics).toBe(0);
  });

  test("are not carried out once the connection is closed", async () => {
    let open = () => {};
    const published: unknown[] = [];
    const { send, hub, session } = openSession({
      authorize: () => new Promise((resolve) => (open = () => resolve(true))),
    });
    hub.listen("*", ({ topic }) => void published.push(topic));
    send({ action: "subscribe", topic: "a" });
    send({ action: "publish", topic: "b", data: 1 });
    await turn();
    session.closed(1006, "");
    send({ action: "publish", topic: "c", data: 1 });
    open();
    await turn();
    open();
    await turn();
    expect(published).toEqual([]);
    expect(hub.size).toEqual({ connections: 0, users: 0, topics: 1 });
  });

  test("that wait past the limit on unsent bytes end with 4001", async () => {
    const { send, transport, clock } = openSession({
      authorize: () => new Promise(() => {}),
      limits: { unsent_bytes: 2000, message_bytes: 500, message_burst: 1000 },
    });
    const message = { action: "publish", topic: "a", data: "x".repeat(300) };
    const most = Math.floor(2000 / JSON.stringify(message).length);
    for (let at = 0; at < most - 1; at++) send(message);
    expect(transport.closing).toBeUndefined();
    for (let at = 0; at < 3; at++) send(message);
    expect(transport.closing).toEqual({ code: 4001, reason: "Too many requests are waiting" });
    clock.advance(0);
    expect(transport.frames).toEqual([]);
  });

  test("that fail inside are answered unavailable, and reported", async () => {
    const { ask, errors, transport } = openSession({
      authorize: (_, __, topic) => {
        if (topic === "a") throw new Error("the database is away");
        return Promise.reject(new Error("and stays there"));
      },
    });
    expect(await ask({ action: "subscribe", topic: "a", id: 7 })).toEqual({
      status: "error",
      code: "unavailable",
      message: "The request failed, try again",
      action: "subscribe",
      topic: "a",
      id: 7,
      retry_after_ms: 1000,
    });
    expect(await ask({ action: "publish", topic: "b", data: 1 })).toMatchObject({
      code: "unavailable",
      retry_after_ms: 1000,
    });
    expect(errors).toEqual(["session: the database is away", "session: and stays there"]);
    expect(transport.closing).toBeUndefined();
    expect(await ask({ action: "ping" })).toMatchObject(PONG);
  });
});

describe("too many messages", () => {
  const limits = { messages_per_second: 10, message_burst: 3 };

  test("are refused with how long to wait, and what they were", async () => {
    const { ask, clock } = openSession({ limits });
    for (const id of [1, 2, 3]) expect(await ask({ action: "ping", id })).toMatchObject({ ...PONG, id });
    expect(await ask({ action: "subscribe", topic: "a", id: 4 })).toEqual({
      status: "error",
      code: "rate_limited",
      message: "Too many messages: 3 at once and 10 a second are allowed",
      action: "subscribe",
      topic: "a",
      id: 4,
      retry_after_ms: 100,
    });
    clock.advance(99);
    expect(await ask({ action: "ping" })).toMatchObject({ code: "rate_limited", retry_after_ms: 1 });
    clock.advance(1);
    expect(await ask({ action: "ping" })).toMatchObject(PONG);
    expect(await ask({ action: "ping" })).toMatchObject({ code: "rate_limited" });
  });

  test.each([-3_600_000, 3_600_000])(
    "are those of the time that passes, where the clock is put %p ms on",
    async (ms) => {
      const { ask, clock } = openSession({ limits });
      for (let at = 0; at < 3; at++) await ask({ action: "ping" });
      clock.set(clock.now() + ms);
      expect(await ask({ action: "ping" })).toMatchObject({ code: "rate_limited", retry_after_ms: 100 });
      clock.advance(100);
      expect(await ask({ action: "ping" })).toMatchObject(PONG);
    },
  );

  test("are not carried out", async () => {
    const { ask, hub } = openSession({ limits: { ...limits, message_burst: 1 } });
    await ask({ action: "ping" });
    expect(await ask({ action: "subscribe", topic: "a" })).toMatchObject({ code: "rate_limited" });
    expect(hub.size.topics).toBe(0);
  });

  test("never close the connection, not even where they are invalid", async () => {
    const { ask, transport } = openSession({ limits });
    for (let at = 0; at < 3; at++) await ask({ action: "ping" });
    for (let at = 0; at < 100; at++) expect(await ask("nonsense")).toMatchObject({ code: "rate_limited" });
    expect(transport.closing).toBeUndefined();
  });

  test("count a list once", async () => {
    const { ask } = openSession({ limits: { ...limits, message_burst: 1 } });
    const reply = await ask({ action: "subscribe", topics: ["a", "b", "c"] });
    expect(reply).toMatchObject({ status: "success", message: "Subscribed to 3 of 3 topics" });
    expect(await ask({ action: "ping" })).toMatchObject({ code: "rate_limited" });
  });
});

describe("twenty invalid messages", () => {
  const each = ["nonsense", "{}", '{"action":"fly"}', '{"action":"ping","x":1}'];
  const invalid = (at: number) => each[at % each.length] ?? '{"action":"subscribe","topic":"a b"}';

  test("within ten seconds close with 4500, after the last reply", async () => {
    const { ask, transport, clock, hub } = openSession();
    for (let at = 0; at < 20; at++) {
      expect(transport.closing).toBeUndefined();
      expect(await ask(invalid(at))).toMatchObject({ status: "error" });
      clock.advance(500);
    }
    expect(transport.closing).toEqual({ code: 4500, reason: "Too many invalid messages" });
    expect(transport.frames).toHaveLength(20);
    expect(transport.late).toEqual([]);
    expect(hub.size.connections).toBe(0);
  });

  test("sent at once end with the twentieth reply, whatever stands behind", async () => {
    const { send, transport } = openSession();
    for (let at = 0; at < 30; at++) send("nonsense");
    await transport.closed();
    await turn();
    expect(transport.frames).toHaveLength(20);
    expect(transport.late).toEqual([]);
  });

  test("in more than that do not", async () => {
    const { ask, transport, clock } = openSession();
    for (let at = 0; at < 60; at++) {
      await ask(invalid(at));
      clock.advance(527);
    }
    expect(transport.closing).toBeUndefined();
  });

  test("are counted with bad topics and binary frames, and without refusals", async () => {
    const { ask, session, transport } = openSession({ authorize: () => false });
    for (let at = 0; at < 18; at++) await ask({ action: "subscribe", topic: "a b" });
    for (let at = 0; at < 40; at++)
      expect(await ask({ action: "subscribe", topic: "a" })).toMatchObject({ code: "forbidden" });
    for (let at = 0; at < 20; at++)
      expect(await ask({ action: "authenticate", token: "x" })).toMatchObject({ code: "unauthorized" });
    session.receive(new ArrayBuffer(3));
    await transport.next();
    expect(transport.closing).toBeUndefined();
    session.receive(new ArrayBuffer(3));
    await transport.next();
    expect(transport.closing?.code).toBe(4500);
  });
});

describe("a frame", () => {
  test.each([
    ["an ArrayBuffer", new TextEncoder().encode('{"action":"ping"}').buffer],
    ["bytes", new TextEncoder().encode('{"action":"ping"}')],
    ["a Blob", new Blob(['{"action":"ping"}'])],
  ])("that is binary (%s) is refused, and closes nothing", async (_, data) => {
    const { session, transport, ask } = openSession();
    session.receive(data);
    expect(await transport.next()).toEqual({
      status: "error",
      code: "invalid_message",
      message: "Binary frames are not accepted: send JSON as text",
    });
    expect(await ask({ action: "ping" })).toMatchObject(PONG);
  });

  test("that is binary is not held in memory while it waits its turn", async () => {
    const decided = Promise.withResolvers<boolean>();
    const { send, session, transport } = openSession({ authorize: () => decided.promise });
    send({ action: "subscribe", topic: "a" });
    const isHeld = sendBinary(session, 10);
    expect(await isHeld()).toBe(false);
    decided.resolve(true);
    expect(await transport.next()).toMatchObject({ status: "success" });
    expect(await transport.next()).toMatchObject({ code: "invalid_message" });
  });

  test("may be as large as the limit, in bytes, and not larger", async () => {
    const request = { action: "publish", topic: "a", data: "" };
    const room = LIMITS.message_bytes - JSON.stringify(request).length;
    const { ask, send, transport } = openSession();
    expect(await ask({ ...request, data: "é".repeat(Math.floor(room / 2)) })).toMatchObject({
      status: "success",
    });
    send({ ...request, data: "é".repeat(Math.floor(room / 2) + 1) });
    expect(transport.closing).toEqual({ code: 1009, reason: "A message has at most 1000 bytes" });
  });

  test("may nest as deep as the limit", async () => {
    const { ask } = openSession();
    const nested = (depth: number) =>
      `{"action":"publish","topic":"a","data":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(await ask(nested(LIMITS.json_depth - 1))).toMatchObject({ status: "success" });
    expect(await ask(nested(LIMITS.json_depth))).toMatchObject({ code: "invalid_message" });
  });
});

describe("a token that expires", () => {
  test.each([1000, 365 * DAY])("in %p ms closes with 4100 then, and not before", (ms) => {
    const { clock, transport, hub } = openSession({ principal: principal("alex", { expiresAt: NOW + ms }) });
    clock.advance(ms - 1);
    expect(transport.closing).toBeUndefined();
    clock.advance(1);
    expect(transport.closing).toEqual({ code: 4100, reason: "Token expired" });
    expect(hub.size.connections).toBe(0);
  });

  test("was already over when the connection opened", () => {
    const { clock, transport } = openSession({ principal: principal("alex", { expiresAt: NOW - 1 }) });
    clock.advance(0);
    expect(transport.closing?.code).toBe(4100);
  });

  test("keeps nothing waiting once the connection is closed", () => {
    const { clock, session, transport } = openSession({
      principal: principal("alex", { expiresAt: NOW + DAY }),
    });
    session.closed(1000, "");
    expect(clock.timers).toBe(0);
    clock.advance(2 * DAY);
    expect(transport.closing).toBeUndefined();
  });
});

describe("renewing the token", () => {
  const later = NOW + 2 * DAY;
  const user = (name: string, expiresAt?: number) => principal(name, { expiresAt });

  test("of the same user goes on under the new one", async () => {
    const renewed = user("alex", later);
    const { ask, clock, transport, session } = openSession({
      principal: user("alex", NOW + DAY),
      authenticate: async () => renewed,
    });
    expect(await ask({ action: "authenticate", token: "new", id: "r" })).toEqual({
      status: "success",
      message: "Authenticated successfully",
      action: "authenticate",
      id: "r",
      user: "alex",
      expires_at: later,
    });
    expect(session.connection.principal).toBe(renewed);
    expect(clock.timers).toBe(1);
    clock.advance(2 * DAY - 1);
    expect(transport.closing).toBeUndefined();
    clock.advance(1);
    expect(transport.closing?.code).toBe(4100);
  });

  test("with one that has no end says null, and nothing waits any more", async () => {
    const { ask, clock } = openSession({
      principal: user("alex", NOW + DAY),
      authenticate: async () => user("alex"),
    });
    expect(await ask({ action: "authenticate", token: "new" })).toMatchObject({ expires_at: null });
    expect(clock.timers).toBe(0);
  });

  test.each([
    ["another user's", { action: "authenticate", token: "kim" }, "The token is another user's"],
    ["a bad one", { action: "authenticate", token: "bad" }, "Invalid token: expired"],
    ["none", { action: "authenticate" }, "Missing token"],
  ])("with %s is unauthorized, and changes nothing", async (_, request, message) => {
    const { ask, clock, transport, session } = openSession({
      principal: user("alex", NOW + DAY),
      authenticate: async (token) => {
        if (token === "bad") throw new TokenError("Invalid token: expired");
        return user(token, later);
      },
    });
    expect(await ask(request)).toEqual({
      status: "error",
      code: "unauthorized",
      message,
      action: "authenticate",
    });
    expect(session.connection.user).toBe("alex");
    expect(transport.closing).toBeUndefined();
    clock.advance(DAY);
    expect(transport.closing?.code).toBe(4100);
  });

  test("ends the subscriptions that the new one does not allow, after the reply", async () => {
    const { ask, rest, hub, session } = openSession({
      authorize: ({ claims }, _, topic) => claims.all === true || topic === "a",
      principal: principal("alex", { claims: { all: true } }),
      authenticate: async () => principal("alex", { claims: {} }),
    });
    await ask({ action: "subscribe", topics: ["a", "b", "c*"] });
    expect(await ask({ action: "authenticate", token: "less" })).toMatchObject({
      message: "Authenticated successfully",
    });
    expect(await rest()).toEqual([
      { type: "unsubscribed", topic: "b", code: "forbidden" },
      { type: "unsubscribed", topic: "c*", code: "forbidden" },
    ]);
    expect([...session.connection.subscriptions]).toEqual(["a"]);
    for (const topic of ["a", "b", "cd"]) await hub.publish(topic, 1);
    expect((await rest()).map(({ topic }) => topic)).toEqual(["a"]);
  });

  test("decides about publishing, too", async () => {
    const { ask } = openSession({
      authorize: ({ claims }, action) => action === "publish" && claims.may === true,
      authenticate: async (token) => principal("alex", { claims: { may: token === "more" } }),
    });
    const request = { action: "publish", topic: "a", data: 1 };
    expect(await ask(request)).toMatchObject({ code: "forbidden" });
    await ask({ action: "authenticate", token: "more" });
    expect(await ask(request)).toMatchObject({ status: "success" });
    await ask({ action: "authenticate", token: "less" });
    expect(await ask(request)).toMatchObject({ code: "forbidden" });
  });

  test("that cannot be decided changes nothing", async () => {
    const { ask, session } = openSession({
      authorize: ({ claims }) => {
        if (claims.isNew) throw new Error("away");
        return true;
      },
      authenticate: async () => principal("alex", { claims: { isNew: true } }),
    });
    await ask({ action: "subscribe", topic: "a" });
    expect(await ask({ action: "authenticate", token: "new" })).toMatchObject({ code: "unavailable" });
    expect(session.connection.principal.claims).toEqual({ sub: "alex" });
    expect([...session.connection.subscriptions]).toEqual(["a"]);
  });
});

test("a connection that the peer closed is over, and told once", async () => {
  const ends: unknown[] = [];
  const { ask, session, hub } = openSession({
    hub: { onDisconnect: (_, code, reason) => void ends.push([code, reason]) },
  });
  await ask({ action: "subscribe", topics: ["a", "b*"] });
  session.closed(1001, "going away");
  session.closed(1006, "");
  expect(hub.size).toEqual({ connections: 0, users: 0, topics: 0 });
  expect(ends).toEqual([[1001, "going away"]]);
});
