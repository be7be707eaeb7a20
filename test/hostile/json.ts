import { describe, expect, test } from "bun:test";
import { connect, type Message } from "../support/client.ts";
import { openStream } from "../support/event-stream.ts";
import { getJson, postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import { runToExit } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { rawToken, token } from "../support/token.ts";
import { INHERITED, numbers, packed, texts, unchanged } from "./bad-json.ts";
import { bystander } from "./bystander.ts";

const HISTORY = { size: 3, ttl_s: 60 };
const config = {
  limits: { messages_per_second: 100_000, message_burst: 100_000, connections_per_user: 1000 },
  topics: [...INHERITED, "kept:*"].map((match) => ({ match, history: HISTORY })),
};
// Twenty invalid ones end a connection.
const A_CONNECTION = 19;

/** JSON that was made to reach past itself, through every door. */
export function json(target: Target): void {
  const server = sharedServer(target, { config, env: { LOG_LEVEL: "debug" } });
  const admin = () => token({ sub: "admin", admin: true });

  /** The replies to texts, each sent as a message of its own. */
  const repliesTo = async (messages: readonly string[]): Promise<Message[]> => {
    const replies: Message[] = [];
    for (let at = 0; at < messages.length; at += A_CONNECTION) {
      await using client = await connect(server(), { token: await token({ sub: "hostile" }) });
      for (const text of messages.slice(at, at + A_CONNECTION)) {
        client.send(text);
        replies.push(await client.nextReply(5000));
      }
    }
    return replies;
  };
  const post = async (path: string, text: string) => postJson(server(), path, text, { token: await admin() });

  /** Nothing that came before has changed what objects are to the server. */
  const isClean = async () => {
    await using client = await connect(server(), { token: await token({ sub: "fresh" }) });
    const pong = await client.request({ action: "ping", id: 1 });
    expect(Object.keys(pong)).toEqual(["status", "message", "action", "id", "time"]);
    expect(await client.request({ action: "publish", topic: "fresh", data: {}, id: 2 })).toEqual({
      status: "success",
      message: "Published to topic 'fresh'",
      action: "publish",
      topic: "fresh",
      id: 2,
    });
    const { json: health } = await getJson(server(), "/healthz");
    expect(Object.keys(health)).toEqual(["status", "runtime", "version", "uptime_s"]);
    const stranger = await token({ sub: "stranger" });
    expect((await getJson(server(), "/connections", { token: stranger })).status).toBe(403);
  };
  const harmless = async (harm: () => Promise<void>) => {
    await using beside = await bystander(server());
    await harm();
    await isClean();
    await beside.unharmed();
  };

  describe("names that every object has", () => {
    const evil = '{"admin":true,"topic":"x","status":"success","polluted":true}';

    test("are unknown fields of every action, entry and position", () =>
      harmless(async () => {
        const messages = INHERITED.flatMap((name) => {
          const field = `"${name}":${evil}`;
          return [
            `{"action":"subscribe","topic":"x",${field}}`,
            `{"action":"unsubscribe","topic":"x",${field}}`,
            `{"action":"publish","topic":"x","data":1,${field}}`,
            `{"action":"history","topic":"kept:x",${field}}`,
            `{"action":"presence","topic":"x",${field}}`,
            `{"action":"authenticate",${field}}`,
            `{"action":"ping",${field}}`,
            `{"action":"subscribe","topics":[{"topic":"x",${field}}]}`,
            `{"action":"unsubscribe","topics":[{"topic":"x",${field}}]}`,
            `{"action":"subscribe","topic":"kept:x","since":{"epoch":"e","offset":0,${field}}}`,
            `{"action":"subscribe","topic":"kept:*","since":{"epoch":"e","floor":0,"offsets":{},${field}}}`,
            `{"action":"history","topic":"kept:x","since":{"epoch":"e","offset":0,${field}}}`,
          ];
        });
        for (const [at, reply] of (await repliesTo(messages)).entries())
          expect([messages[at], reply.code, reply.message]).toEqual([
            messages[at],
            "invalid_message",
            expect.stringMatching(/^Unknown field '/),
          ]);
      }));

    test("are no actions, and stand for no field that is missing", () =>
      harmless(async () => {
        const actions = await repliesTo(INHERITED.map((name) => `{"action":"${name}","topic":"x"}`));
        expect(new Set(actions.map(({ code }) => code))).toEqual(new Set(["unknown_action"]));
        const hidden = await repliesTo([
          '{"__proto__":{"action":"ping"}}',
          '{"action":"publish","__proto__":{"topic":"x","data":1}}',
          '{"action":"subscribe","__proto__":{"topic":"x"}}',
        ]);
        expect(hidden.map(({ code }) => code)).toEqual(Array(3).fill("missing_field"));
      }));

    test("are unknown fields over HTTP, in bodies and in queries", () =>
      harmless(async () => {
        for (const name of INHERITED) {
          const field = `"${name}":${evil}`;
          for (const [path, body] of [
            ["/publish", `{"topic":"x","data":1,${field}}`],
            ["/publish", `{"messages":[{"topic":"x","data":1}],${field}}`],
            ["/publish", `{"messages":[{"topic":"x","data":1,${field}}]}`],
            ["/users/fresh/messages", `{"data":1,${field}}`],
            ["/connections/x/messages", `{"data":1,${field}}`],
          ] as const)
            expect([body, (await post(path, body)).json.code]).toEqual([body, "invalid_message"]);
          for (const path of ["/topics", "/connections", "/topics/kept:x/history", "/topics/x/presence"]) {
            const { json } = await getJson(server(), `${path}?${name}=1`, { token: await admin() });
            expect([name, json.message]).toEqual([name, `Unknown field '${name}'`]);
          }
          const stream = await getJson(server(), `/sse?topic=x&${name}=1`, { token: await admin() });
          expect([name, stream.json.message]).toEqual([name, `Unknown field '${name}'`]);
        }
      }));

    test("are topics, users and positions like any other", () =>
      harmless(async () => {
        for (const name of INHERITED) {
          const user = await token({ sub: name });
          await using client = await connect(server(), { token: user });
          const epochs = [];
          for (const data of [1, 2]) {
            const { json } = await postJson(server(), "/publish", { topic: name, data }, { token: user });
            epochs.push(...(json.published as Message[]));
          }
          const [first, last] = epochs;
          const reply = await client.request({ action: "subscribe", topic: `${name}*` });
          expect(new Map(Object.entries(reply.offsets ?? {})).get(name)).toBe(last?.offset);
          // Not as a literal, which would be a prototype.
          const offsets = `{${JSON.stringify(name)}:${first?.offset}}`;
          const since = `{"epoch":"${first?.epoch}","floor":${reply.floor},"offsets":${offsets}}`;
          client.send(`{"action":"subscribe","topic":"${name}*","since":${since}}`);
          expect(await client.nextReply()).toMatchObject({ recovered: true });
          expect(await client.next()).toMatchObject({ topic: name, data: 2, offset: last?.offset });
          await using stream = await openStream(server(), [`${name}*`], { token: user });
          expect(await stream.nextData()).toMatchObject({ status: "success" });
          const { lastId } = stream;
          await postJson(server(), "/publish", { topic: name, data: 3 }, { token: user });
          await using again = await openStream(server(), [`${name}*`], {
            token: user,
            lastId,
          });
          expect(await again.nextData()).toMatchObject({ recovered: true });
          expect(await again.nextData()).toMatchObject({ topic: name, data: 3 });
          const sent = await postJson(
            server(),
            `/users/${name}/messages`,
            { data: name },
            { token: await admin(), headers: { "Idempotency-Key": name } },
          );
          expect(sent.json.delivered).toBe(3);
        }
      }));

    test("in a token make nobody an administrator, and grant nothing", () =>
      harmless(async () => {
        const claims = (more: string) =>
          rawToken({ alg: "HS256" }, `{"sub":"hostile","exp":9999999999,${more}}`);
        const all = '{"subscribe":["*"],"publish":["*"]}';
        for (const name of INHERITED) {
          const admins = claims(`"${name}":{"admin":true,"topics":${all}}`);
          expect((await getJson(server(), "/connections", { token: admins })).status).toBe(403);
          const granted = claims(`"topics":{"${name}":${all}}`);
          const message = { topic: "x", data: 1 };
          for (const given of [admins, granted])
            expect((await postJson(server(), "/publish", message, { token: given })).status).toBe(403);
        }
        const last = claims('"admin":true,"admin":false');
        expect((await getJson(server(), "/connections", { token: last })).status).toBe(403);
      }));

    test("in a configuration are unknown fields, and what is too deep ends the start in order", async () => {
      const wrong: [string, string][] = [
        ['{"__proto__":{"limits":{}},"limits":{"constructor":1}}', "Unknown field '__proto__'"],
        [
          '{"limits":{"__proto__":{"json_depth":2}},"auth":{"toString":1}}',
          "Unknown field 'limits.__proto__'",
        ],
        [`{"servers":${"[".repeat(100_000)}`, "takes one JSON object, got what is not valid JSON"],
        [`{"limits":${'{"a":'.repeat(100_000)}1${"}".repeat(100_001)}`, ""],
      ];
      const ends = await Promise.all(wrong.map(([given]) => runToExit(target, { config: given })));
      for (const [at, { code, stderr }] of ends.entries()) {
        expect(stderr).toContain(wrong[at]?.[1] ?? "");
        expect(code).toBe(2);
        for (const line of stderr.trimEnd().split("\n")) expect(line).toStartWith("topichub: ");
      }
    });
  });

  test("data comes through every door as it was, and keeps its own names to itself", () =>
    harmless(async () => {
      await using client = await connect(server(), { token: await token({ sub: "reader" }) });
      await client.request({ action: "subscribe", topic: "data" });
      await using stream = await openStream(server(), ["data"], { token: await token({ sub: "reader" }) });
      await stream.next();
      await using sender = await connect(server(), { token: await token({ sub: "sender" }) });
      for (const [given, expected] of unchanged()) {
        const comes = async () => {
          expect(JSON.stringify((await client.next(5000)).data)).toBe(expected);
          expect(JSON.stringify((await stream.nextData()).data)).toBe(expected);
        };
        sender.send(`{"action":"publish","topic":"data","data":${given}}`);
        expect(await sender.nextReply()).toMatchObject({ status: "success" });
        await comes();
        for (const [path, body] of [
          ["/publish", `{"topic":"data","data":${given}}`],
          ["/publish", `{"messages":[{"data":${given},"topic":"data"}]}`],
          ["/users/reader/messages", `{"data":${given}}`],
        ] as const) {
          expect([given.slice(0, 60), (await post(path, body)).status]).toEqual([given.slice(0, 60), 200]);
          await comes();
        }
      }
    }));

  test("depth is counted alike at each door", () =>
    harmless(async () => {
      const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
      const fates = async (levels: number) => {
        const [over = {}] = await repliesTo([`{"action":"publish","topic":"deep","data":${nested(levels)}}`]);
        const posted = await Promise.all([
          post("/publish", `{"topic":"deep","data":${nested(levels)}}`),
          post("/publish", `{"messages":[{"topic":"deep","data":${nested(levels)}}]}`),
          post("/users/nobody/messages", `{"data":${nested(levels)}}`),
        ]);
        return [over.code ?? over.status, ...posted.map(({ status, json }) => json.code ?? status)];
      };
      for (const levels of [30, 31]) expect(await fates(levels)).toEqual(["success", 200, 200, "not_found"]);
      for (const levels of [32, 1_000, 1_003, 30_000])
        expect(await fates(levels)).toEqual(Array(4).fill("invalid_message"));
      for (const open of ["[", '{"a":'])
        for (const path of ["/publish", "/users/nobody/messages"])
          expect((await post(path, open.repeat(100_000))).json.code).toBe("invalid_message");
      const [inId = {}, inTopics = {}, inSince = {}] = await repliesTo(
        ["id", "topics", "since"].map((name) => `{"action":"subscribe","topic":"x","${name}":${nested(32)}}`),
      );
      for (const { code } of [inId, inTopics, inSince]) expect(code).toBe("invalid_message");
    }));

  test("numbers beyond what is a number are refused where one counts, and come back as JavaScript's elsewhere", () =>
    harmless(async () => {
      for (const [text, expected] of numbers()) {
        const [reply = {}] = await repliesTo([text]);
        expect([text.slice(0, 90), reply]).toEqual([text.slice(0, 90), expect.objectContaining(expected)]);
      }
    }));

  test("what is not one JSON object is said to be none, on a WebSocket and over HTTP", () =>
    harmless(async () => {
      const sent = texts();
      const replies = await repliesTo(sent);
      for (const [at, { code }] of replies.entries())
        expect([sent[at], code]).toEqual([sent[at], "invalid_json"]);
      for (const text of sent) {
        const { status, json } = await post("/publish", text);
        // A byte order mark is no part of a body (RFC 8259, section 8.1 lets it be ignored).
        const code = text.startsWith("\uFEFF{") ? "missing_field" : "invalid_json";
        expect([text, status, json.code]).toEqual([text, 400, code]);
      }
    }));

  test("of a field that stands twice the last one counts, for the grant as for the publication", () =>
    harmless(async () => {
      const claims = { sub: "limited", topics: { subscribe: ["open"], publish: ["open"] } };
      const limited = await token(claims);
      await using reader = await connect(server(), { token: await token({ sub: "reader" }) });
      await reader.request({ action: "subscribe", topics: ["open", "secret"] });
      await using client = await connect(server(), { token: limited });
      const orders = [
        ['"topic":"open","topic":"secret"', "forbidden", "secret"],
        ['"topic":"secret","topic":"open"', undefined, "open"],
      ] as const;
      for (const [topics, code, topic] of orders) {
        client.send(`{"action":"publish",${topics},"data":"ws"}`);
        expect(await client.nextReply()).toMatchObject({ topic, ...(code && { code }) });
        client.send(`{"action":"subscribe","topics":[{${topics}}]}`);
        expect((await client.nextReply()).topics).toMatchObject([{ topic, ...(code && { code }) }]);
        for (const body of [
          `{${topics},"data":"http"}`,
          `{"messages":[{${topics},"data":"batch"}]}`,
          `{"messages":[{"topic":"secret","data":"first"}],"messages":[{${topics},"data":"last"}]}`,
        ]) {
          const { json } = await postJson(server(), "/publish", body, { token: limited });
          expect([body, json.code]).toEqual([body, code]);
        }
      }
      client.send('{"action":"ping","action":"publish","topic":"open","data":"first","data":"second"}');
      expect((await client.nextReply()).status).toBe("success");
      for (const data of ["ws", "http", "batch", "last", "second"])
        expect(await reader.next()).toMatchObject({ topic: "open", data });
      await reader.expectSilence();
    }));

  test("one message may be filled to its last byte, whatever with", () =>
    harmless(async () => {
      const filled = packed();
      const replies = await repliesTo(filled.map(({ text }) => text));
      for (const [at, reply] of replies.entries()) {
        const { name, code, isShort } = filled[at] ?? {};
        expect([name, reply.code]).toEqual([name, code]);
        if (isShort) expect(JSON.stringify(reply.message).length).toBeLessThan(200);
      }
      const body = (bytes: number) => `{"topic":"x","data":"${"x".repeat(bytes - 23)}"}`;
      expect(body(65_536)).toHaveLength(65_536);
      expect((await post("/publish", body(65_536))).status).toBe(200);
      expect((await post("/publish", body(65_537))).status).toBe(413);
    }));
}
