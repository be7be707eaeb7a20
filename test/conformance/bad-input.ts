import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { getJson, postJson } from "../support/http.ts";
import { openSocket, type RawSocket } from "../support/raw-websocket.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { encodeFrame, Opcode } from "../support/ws-frames.ts";

const MIB = 2 ** 20;

export function badInput(target: Target): void {
  const server = sharedServer(target, { env: { LOG_LEVEL: "debug" } });
  const { capabilities } = target;

  /** Does harm beside a client that must not see any of it. */
  const besideCanary = async (harm: (socket: RawSocket) => Promise<void>) => {
    const { pid } = server();
    await using canary = await connect(server(), { token: await token({ sub: "canary" }) });
    await canary.request({ action: "subscribe", topic: "canary" });
    const headers = { Authorization: `Bearer ${await token({ sub: "hostile" })}` };
    await using socket = await openSocket(server(), { headers });
    await harm(socket);
    await postJson(server(), "/publish", { topic: "canary", data: 1 }, { token: await token() });
    expect(await canary.next()).toMatchObject({ topic: "canary", data: 1 });
    expect([(await getJson(server(), "/healthz")).status, server().pid]).toEqual([200, pid]);
  };

  const answers: [string, string, object][] = [
    ["not JSON", "{", { code: "invalid_json" }],
    ["empty", "", { code: "invalid_json" }],
    ["a string", '"subscribe"', { code: "invalid_json" }],
    ["null", "null", { code: "invalid_json" }],
    ["an array", "[]", { code: "invalid_json" }],
    ["nothing", "{}", { code: "missing_field", message: "Action and topic are required." }],
    ["no action", '{"topic":"x","id":1}', { code: "missing_field", topic: "x", id: 1 }],
    [
      "no topic",
      '{"action":"subscribe"}',
      { code: "missing_field", message: "Action and topic are required.", action: "subscribe" },
    ],
    ["no topic to publish to", '{"action":"publish","data":1}', { code: "missing_field" }],
    [
      "an unknown action",
      '{"action":"fly","topic":"x"}',
      { code: "unknown_action", message: "Unknown action: 'fly'", action: "fly", topic: "x" },
    ],
    [
      "a prototype's name as action",
      '{"action":"constructor"}',
      { code: "unknown_action", message: "Unknown action: 'constructor'" },
    ],
    ["a number as action", '{"action":5,"topic":"x"}', { code: "invalid_message" }],
    [
      "a number as topic",
      '{"action":"subscribe","topic":5}',
      { code: "invalid_message", message: "'topic' takes a string, got 5" },
    ],
    [
      "an unknown field",
      '{"action":"subscribe","topic":"x","colour":"red"}',
      { code: "invalid_message", message: "Unknown field 'colour'" },
    ],
    [
      "a token in the wrong place",
      '{"action":"subscribe","topic":"x","token":"eyJhbGciOi"}',
      { code: "invalid_message", message: "Unknown field 'token'" },
    ],
    [
      "__proto__",
      '{"action":"subscribe","topic":"x","__proto__":{"admin":true}}',
      { code: "invalid_message", message: "Unknown field '__proto__'" },
    ],
    [
      "an id that is an object",
      '{"action":"ping","id":{}}',
      { code: "invalid_message", message: "'id' takes a string of at most 64 bytes or a number" },
    ],
    ["an id of 65 bytes", `{"action":"ping","id":"${"x".repeat(65)}"}`, { code: "invalid_message" }],
    [
      "a reserved type",
      '{"action":"publish","topic":"x","data":1,"type":"gap"}',
      { code: "invalid_message", message: expect.stringContaining("'type'") },
    ],
    [
      "no data",
      '{"action":"publish","topic":"x"}',
      { code: "invalid_message", message: "'data' is missing" },
    ],
    ["topic and topics", '{"action":"subscribe","topic":"x","topics":["y"]}', { code: "invalid_message" }],
    [
      "a malformed entry",
      '{"action":"subscribe","topics":["y",5]}',
      { code: "invalid_message", message: expect.stringContaining("topics.1") },
    ],
    [
      "JSON too deep",
      `{"action":"publish","topic":"x","data":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      { code: "invalid_message", message: "JSON is nested deeper than 32 levels" },
    ],
    [
      "a topic with a space",
      '{"action":"subscribe","topic":"a b"}',
      { code: "invalid_topic", action: "subscribe", topic: "a b" },
    ],
    ["an empty topic", '{"action":"subscribe","topic":""}', { code: "invalid_topic" }],
    [
      "a dot",
      '{"action":"subscribe","topic":".."}',
      { code: "invalid_topic", message: "A topic is not '.' or '..'" },
    ],
    ["a star in the middle", '{"action":"subscribe","topic":"a*b"}', { code: "invalid_topic" }],
    [
      "a topic of 256 bytes",
      `{"action":"subscribe","topic":"${"é".repeat(128)}"}`,
      { code: "invalid_topic" },
    ],
    ["a direction mark", '{"action":"subscribe","topic":"a\\u202eb"}', { code: "invalid_topic" }],
    ["a lone surrogate", '{"action":"subscribe","topic":"a\\ud800"}', { code: "invalid_topic" }],
    ["presence of a pattern", '{"action":"presence","topic":"x*"}', { code: "invalid_topic" }],
    [
      "presence a page at a time",
      '{"action":"presence","topic":"x","limit":1}',
      { code: "invalid_message", message: "Unknown field 'limit'" },
    ],
    ["a history that is not kept", '{"action":"history","topic":"x"}', { code: "unavailable" }],
    [
      "a resume",
      '{"action":"subscribe","topic":"event:x","since":{"epoch":"e","offset":"1"}}',
      { code: "invalid_message", message: `'since.offset' takes a whole number, got "1"` },
    ],
  ];
  for (const [name, text, answer] of answers)
    test(`${name} is answered, and the connection goes on`, async () => {
      await using client = await connect(server(), { token: await token() });
      client.send(text);
      expect(await client.nextReply()).toMatchObject({
        status: "error",
        message: expect.any(String),
        ...answer,
      });
      expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
    });

  test("a binary frame is answered", () =>
    besideCanary(async (socket) => {
      socket.sendFrame(new Uint8Array([1, 2, 3]), { opcode: Opcode.Binary });
      expect(JSON.parse(await socket.next())).toMatchObject({ status: "error", code: "invalid_message" });
    }));

  test("broken UTF-8 ends the connection with 1007, or at once", () =>
    besideCanary(async (socket) => {
      socket.sendFrame(new Uint8Array([0xff, 0xfe]));
      expect((await socket.closed).code).toBe(capabilities.closesOnProtocolError ? 1007 : 1006);
    }));

  test("broken frames leave lines in the log as everything does, and no more", async () => {
    const ends = () => server().stderr().split('"message":"disconnected"').length;
    const before = ends();
    await besideCanary(async (socket) => {
      socket.sendFrame(new Uint8Array([0xff, 0xfe]));
      await socket.closed;
    });
    await eventually(() => ends() > before, 2000, "the end in the log");
    // Of the first and the last, part may be missing.
    const lines = server().stderr().split("\n").slice(1, -1);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  });

  test("the largest message is taken, and one byte more is 1009", () =>
    besideCanary(async (socket) => {
      const message = (bytes: number) => `{"action":"ping"${" ".repeat(bytes - 17)}}`;
      socket.send(message(65_536));
      expect(JSON.parse(await socket.next())).toMatchObject({ message: "pong" });
      socket.send(message(65_537));
      expect((await socket.closed).code).toBe(1009);
    }));

  test("a frame of 10 MB is 1009", () =>
    besideCanary(async (socket) => {
      socket.send("x".repeat(10_000_000));
      expect([1009, 1006]).toContain((await socket.closed).code);
    }));

  test("a frame that announces 16 EiB ends the connection", () =>
    besideCanary(async (socket) => {
      socket.sendFrame("x", { length: 2 ** 53 - 1, lengthBits: 64 });
      expect([1009, 1002, 1006]).toContain((await socket.closed).code);
    }));

  if (capabilities.limitsFragments)
    test("a message in endless fragments ends when it is too large", () =>
      besideCanary(async (socket) => {
        let isOpen = true;
        void socket.closed.then(() => {
          isOpen = false;
        });
        const fragment = Buffer.alloc(8192, "x");
        for (let sent = 0; isOpen && sent < 32 * MIB; sent += fragment.length) {
          socket.sendFrame(fragment, { opcode: sent === 0 ? Opcode.Text : Opcode.Continuation, fin: false });
          if (sent % MIB === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        expect([1009, 1006]).toContain((await socket.closed).code);
      }));

  test("twenty invalid messages within ten seconds are answered, then closed with 4500", () =>
    besideCanary(async (socket) => {
      for (let at = 0; at < 20; at++) socket.send("?");
      for (let at = 0; at < 20; at++)
        expect(JSON.parse(await socket.next())).toMatchObject({ code: "invalid_json" });
      expect(await socket.closed).toEqual({ code: 4500, reason: "Too many invalid messages" });
    }));

  test("a flood is told to wait, in order, and never closed for that", async () => {
    await using client = await connect(server(), { token: await token({ sub: "flood" }) });
    const ids = Array.from({ length: 3000 }, (_, id) => id);
    // In one write, so that many are there before the first is answered.
    client.socket.sendBytes(
      Buffer.concat(ids.map((id) => encodeFrame(JSON.stringify({ action: "ping", id })))),
    );
    const replies = [];
    for (const _ of ids) replies.push(await client.nextReply(5000));
    expect(replies.map(({ id }) => id)).toEqual(ids);
    const limited = replies.filter(({ code }) => code === "rate_limited");
    expect(limited.length).toBeGreaterThan(2500);
    expect(limited.length).toBeLessThanOrEqual(2900);
    expect(limited[0]).toMatchObject({ action: "ping", retry_after_ms: expect.any(Number) });
    await new Promise((resolve) => setTimeout(resolve, (limited.at(-1)?.retry_after_ms ?? 0) + 50));
    expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
  });

  test("a list of a thousand topics is answered", async () => {
    await using client = await connect(server(), { token: await token() });
    const topics = Array.from({ length: 1000 }, (_, at) => `t${at}`);
    const reply = await client.request({ action: "subscribe", topics });
    expect(reply.message).toBe("Subscribed to 200 of 1000 topics");
    expect(reply.topics).toHaveLength(1000);
    const tooMany = await client.request({ action: "subscribe", topics: [...topics, "one more"] });
    expect(tooMany).toMatchObject({ code: "invalid_message", message: expect.stringContaining("1000") });
  });

  test(
    "a reader that stopped is cut off, and delays nobody",
    () =>
      besideCanary(async (socket) => {
        const many = { sub: "publisher", exp: Math.floor(Date.now() / 1000) + 600 };
        await using reader = await connect(server(), { token: await token({ sub: "reader" }) });
        socket.send('{"action":"subscribe","topic":"bulk"}');
        await socket.next();
        await reader.request({ action: "subscribe", topic: "bulk" });
        socket.pause();
        const data = "x".repeat(60_000);
        const messages = Array.from({ length: 15 }, () => ({ topic: "bulk", data }));
        for (let round = 0; round < 40; round++) {
          const { status } = await postJson(server(), "/publish", { messages }, { token: await token(many) });
          expect(status).toBe(200);
          for (let at = 0; at < 15; at++) await reader.next();
        }
        socket.resume();
        // A full socket may carry no close frame: the log says why it ended.
        expect([4001, 1006]).toContain((await socket.closed).code);
        await eventually(() => server().stderr().includes('"code":4001'), 2000, "the reason in the log");
      }),
    30_000,
  );

  if (capabilities.terminates)
    test("readers that were cut leave no socket behind, though they never close theirs", async () => {
      const before = openDescriptors(server().pid);
      const headers = { Authorization: `Bearer ${await token({ sub: "stopped" })}` };
      const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(server(), { headers })));
      for (const socket of sockets) {
        socket.send('{"action":"subscribe","topic":"flood"}');
        await socket.next();
        socket.pause();
      }
      const messages = Array.from({ length: 15 }, () => ({ topic: "flood", data: "x".repeat(60_000) }));
      for (let round = 0; round < 15; round++)
        await postJson(server(), "/publish", { messages }, { token: await token({ sub: `flood-${round}` }) });
      await eventually(
        () => openDescriptors(server().pid) <= before + 3,
        8000,
        "their sockets to be dropped",
      );
      for (const socket of sockets) socket.destroy();
    }, 30_000);
}
