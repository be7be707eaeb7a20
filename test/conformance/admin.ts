import { expect, test } from "bun:test";
import { type Client, connect } from "../support/client.ts";
import { deleteJson, getJson, type JsonResponse, postJson, requestJson } from "../support/http.ts";
import { rawRequest } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import { spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const MISSING = "00000000-0000-4000-8000-000000000000";
/** Users whose names a path holds only where it is escaped, or not at all as a URL parser sees it. */
const USERS = ["auth0|1", "a/b", "é😀", "50%", "%2F", "a?b#c", "a b", "a+b", "\\", "..a", "a*", "users"];

type Entry = Readonly<Record<string, unknown>>;

/** The fields of an error and its header. */
const told = ({ status, json, headers }: JsonResponse) => [
  status,
  json.code,
  headers.get("x-topichub-error"),
  json.status,
];
const error = (status: number, code: string) => [status, code, code, "error"];

export function admin(target: Target): void {
  const limits = { message_bytes: 4000, body_bytes: 20_000, messages_per_second: 500, message_burst: 1000 };
  const server = sharedServer(target, { config: { limits } });
  const operator = () => token({ sub: "operator", admin: true, topics: undefined });
  const post = async (path: string, body: unknown) =>
    postJson(server(), path, body, { token: await operator() });
  const remove = async (path: string) => deleteJson(server(), path, { token: await operator() });
  const get = async (path: string) => getJson(server(), path, { token: await operator() });
  const open = async (sub: string): Promise<Client> => connect(server(), { token: await token({ sub }) });
  const path = (user: string, rest: string) => `/users/${encodeURIComponent(user)}/${rest}`;

  /** Every entry of a list, a page at a time. */
  async function list(name: "topics" | "connections", limit: number): Promise<Entry[]> {
    const found: Entry[] = [];
    let cursor: unknown = "";
    while (cursor !== null) {
      const { status, json } = await get(`/${name}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      const entries = json[name];
      if (status !== 200 || !Array.isArray(entries)) throw new Error(`${status} ${JSON.stringify(json)}`);
      expect(entries.length).toBeLessThanOrEqual(limit);
      found.push(...entries);
      cursor = json.cursor;
    }
    return found;
  }

  for (const user of USERS)
    test(`a user named ${user} is sent to, unsubscribed and disconnected`, async () => {
      await using client = await open(user);
      await client.request({
        action: "subscribe",
        topic: "x*",
      });
      const sent = await post(path(user, "messages"), { data: { n: [1] }, type: "note", topic: "task:1" });
      expect([sent.status, sent.json]).toEqual([200, { status: "success", delivered: 1 }]);
      expect(await client.next()).toEqual({
        ...{ type: "note", topic: "task:1", data: { n: [1] }, direct: true },
        time: expect.any(Number),
      });
      const ended = await remove(path(user, `subscriptions/${encodeURIComponent("x*")}`));
      expect([ended.status, ended.json]).toEqual([200, { status: "success", unsubscribed: 1 }]);
      expect(await client.next()).toEqual({ type: "unsubscribed", topic: "x*", code: "forbidden" });
      const closed = await remove(path(user, "connections"));
      expect([closed.status, closed.json]).toEqual([200, { status: "success", disconnected: 1 }]);
      expect(await client.closed).toEqual({ code: 4501, reason: "Disconnected by an operator" });
    });

  test("a name that is not escaped is the same one", async () => {
    await using client = await open("auth0|2");
    const target = "/users/auth0|2/messages";
    const headers: [string, string][] = [["Authorization", `Bearer ${await operator()}`]];
    const { status, body } = await rawRequest(server(), {
      method: "POST",
      target,
      headers,
      body: '{"data":1}',
    });
    expect([status, body]).toEqual([200, '{"status":"success","delivered":1}']);
    expect(await client.next()).toMatchObject({ type: "message", data: 1, direct: true });
  });

  test("a topic with characters of its own is unsubscribed from", async () => {
    await using client = await open("kim");
    for (const topic of ["a/b?c#d", "é:😀", "50%", "%2e%2e", "...", "*"]) {
      await client.request({ action: "subscribe", topic });
      const { json } = await remove(`/users/kim/subscriptions/${encodeURIComponent(topic)}`);
      expect([topic, json]).toEqual([topic, { status: "success", unsubscribed: 1 }]);
      expect(await client.next()).toMatchObject({ type: "unsubscribed", topic });
    }
  });

  test("one connection is sent to and disconnected, and no other of its user", async () => {
    await using one = await open("two");
    await using other = await open("two");
    const id = one.welcome?.connection ?? "";
    expect((await post(`/connections/${id}/messages`, { data: null })).json).toEqual({
      status: "success",
      delivered: 1,
    });
    expect(await one.next()).toMatchObject({ type: "message", data: null, direct: true });
    expect((await post("/users/two/messages", { data: "both" })).json.delivered).toBe(2);
    for (const client of [one, other]) expect(await client.next()).toMatchObject({ data: "both" });
    expect((await remove(`/connections/${id}`)).json).toEqual({ status: "success", disconnected: 1 });
    expect((await one.closed).code).toBe(4501);
    expect(told(await remove(`/connections/${id}`))).toEqual(error(404, "not_found"));
    expect(other.unread).toEqual([]);
    expect((await remove("/users/two/connections")).json.disconnected).toBe(1);
  });

  test("who is not there is 404 to what sends, and nothing to what ends", async () => {
    for (const missing of [
      "/users/nobody/messages",
      `/connections/${MISSING}/messages`,
      "/connections/x/messages",
    ])
      expect(told(await post(missing, { data: 1 }))).toEqual(error(404, "not_found"));
    expect(told(await remove(`/connections/${MISSING}`))).toEqual(error(404, "not_found"));
    expect((await remove("/users/nobody/connections")).json).toEqual({ status: "success", disconnected: 0 });
    expect((await remove("/users/nobody/subscriptions/a")).json).toEqual({
      status: "success",
      unsubscribed: 0,
    });
  });

  test("lists tell what is there, a page at a time", async () => {
    const before = Date.now();
    await using one = await open("lister");
    await using two = await open("lister");
    const topics = Array.from({ length: 25 }, (_, at) => `list:${at}`);
    const twice = ["list:3", "list:*"];
    await one.request({ action: "subscribe", topics: [...topics, "list:*"] });
    await two.request({ action: "subscribe", topics: twice });
    const listed = (await list("topics", 4)).filter(({ topic }) => String(topic).startsWith("list:"));
    expect(listed).toEqual(
      [...topics, "list:*"].sort().map((topic) => ({ topic, subscribers: twice.includes(topic) ? 2 : 1 })),
    );
    const connections = (await list("connections", 1)).filter(({ user }) => user === "lister");
    expect(connections).toHaveLength(2);
    expect(connections).toContainEqual({
      connection: two.welcome?.connection,
      user: "lister",
      topics: ["list:3", "list:*"],
      connected_at: expect.any(Number),
      unsent_bytes: expect.any(Number),
    });
    for (const { connected_at } of connections) {
      expect(Number(connected_at)).toBeGreaterThanOrEqual(before - 1000);
      expect(Number(connected_at)).toBeLessThanOrEqual(Date.now() + 1000);
    }
    const { headers } = await get("/topics");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("a cursor that was made up, changed, or is of another list, is 400", async () => {
    await using client = await open("cursor");
    await client.request({ action: "subscribe", topics: ["cursor:1", "cursor:2"] });
    const { json } = await get("/topics?limit=1");
    const cursor = String(json.cursor);
    expect((await get(`/topics?limit=1&cursor=${cursor}`)).status).toBe(200);
    const wrong = [
      `/connections?cursor=${cursor}`,
      `/topics?cursor=${cursor.slice(0, -1)}`,
      `/topics?cursor=A${cursor}`,
      `/topics?cursor=${btoa("cursor:1")}`,
      "/topics?cursor=",
      "/topics?cursor=null",
      `/topics?cursor=${cursor}&cursor=${cursor}`,
      "/topics?limit=0",
      "/topics?limit=1001",
      "/topics?limit=-1",
      "/topics?limit=1e2",
      "/connections?limit=",
      "/connections?limit=1&limit=2",
      "/topics?topic=a",
      "/connections?user=alex",
      "/topics?__proto__=1",
    ];
    for (const at of wrong)
      expect([at, ...told(await get(at))]).toEqual([at, ...error(400, "invalid_message")]);
    expect((await get("/topics?colour=1")).json.message).toBe("Unknown field 'colour'");
  });

  const everything: [method: string, path: string][] = [
    ["POST", "/users/alex/messages"],
    ["POST", `/connections/${MISSING}/messages`],
    ["DELETE", "/users/alex/connections"],
    ["DELETE", `/connections/${MISSING}`],
    ["DELETE", "/users/alex/subscriptions/a"],
    ["GET", "/topics"],
    ["GET", "/connections"],
  ];
  for (const [method, at] of everything)
    test(`${method} ${at.replace(MISSING, "…")} is for administrators, by the header`, async () => {
      await using client = await open("alex");
      await client.request({ action: "subscribe", topic: "a" });
      const call = (options: { token?: string; headers?: Record<string, string> }, where = at) =>
        requestJson(server(), method, where, options, method === "POST" ? '{"data":1}' : undefined);
      const good = await operator();
      for (const answer of [
        await call({}),
        await call({}, `${at}?token=${good}`),
        await call({ headers: { Cookie: `access_token_cookie=${good}` } }),
        await call({ token: "x.y.z" }),
      ])
        expect(told(answer)).toEqual(error(401, "unauthorized"));
      for (const admin of [undefined, false, 1, "true", null]) {
        const claims = { admin, topics: { subscribe: ["*"], publish: ["*"] } };
        for (const sub of ["alex", "kim"])
          expect(told(await call({ token: await token({ ...claims, sub }) }))).toEqual(
            error(403, "forbidden"),
          );
      }
      expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
      expect(client.unread).toEqual([]);
    });

  const refused: Record<string, [body: unknown, status: number, code: string, part: string]> = {
    "not JSON": ["{", 400, "invalid_json", "JSON"],
    empty: ["", 400, "invalid_json", "JSON"],
    "a list": [[{ data: 1 }], 400, "invalid_json", "object"],
    "without data": [{ topic: "x" }, 400, "invalid_message", "'data' is missing"],
    "with an unknown field": [{ data: 1, colour: 1 }, 400, "invalid_message", "Unknown field 'colour'"],
    "of a batch": [{ messages: [{ data: 1 }] }, 400, "invalid_message", "'data' is missing"],
    "with __proto__": ['{"data":1,"__proto__":{}}', 400, "invalid_message", "__proto__"],
    "with a pattern": [{ data: 1, topic: "a*" }, 400, "invalid_topic", "*"],
    "with an empty topic": [{ data: 1, topic: "" }, 400, "invalid_topic", "character"],
    "with a topic that is no text": [{ data: 1, topic: 5 }, 400, "invalid_message", "'topic'"],
    "of a reserved type": [{ data: 1, type: "welcome" }, 400, "invalid_message", "'type'"],
    "of an empty type": [{ data: 1, type: "" }, 400, "invalid_message", "'type'"],
    "too deep": [`{"data":${"[".repeat(100)}${"]".repeat(100)}}`, 400, "invalid_message", "deep"],
    "of a message too large": [{ data: "x".repeat(4001) }, 413, "too_large", "4000"],
    "too large": [{ data: "x".repeat(20_001) }, 413, "too_large", "20000"],
  };
  for (const [name, [body, status, code, part]] of Object.entries(refused))
    test(`a direct message ${name} is ${status}, and reaches nobody`, async () => {
      await using client = await open("careful");
      for (const at of ["/users/careful/messages", `/connections/${client.welcome?.connection}/messages`]) {
        const answer = await post(at, body);
        expect(told(answer)).toEqual(error(status, code));
        expect(answer.json.message).toEqual(expect.stringContaining(part));
      }
      expect((await post("/users/careful/messages", { data: "canary" })).status).toBe(200);
      expect(await client.next()).toMatchObject({ data: "canary" });
    });

  test("an idempotency key has a direct message sent once", async () => {
    await using client = await open("once");
    const at = ["/users/once/messages", `/connections/${client.welcome?.connection}/messages`];
    for (const [key, where = ""] of at.entries()) {
      const options = { token: await operator(), headers: { "Idempotency-Key": `direct ${key}` } };
      const send = (data: unknown) => postJson(server(), where, { data }, options);
      for (const _ of [1, 2]) expect((await send(1)).json).toEqual({ status: "success", delivered: 1 });
      expect(told(await send(2))).toEqual(error(422, "conflict"));
      expect(await client.next()).toMatchObject({ data: 1, direct: true });
    }
    const options = { token: await operator(), headers: { "Idempotency-Key": "" } };
    expect(told(await postJson(server(), at[0] ?? "", { data: 1 }, options))).toEqual(
      error(400, "invalid_message"),
    );
    expect(client.unread).toEqual([]);
  });

  test("a subscription to what is no topic is 400", async () => {
    for (const topic of ["a%20b", "a*b", "%00", "é".repeat(128)])
      expect([topic, ...told(await remove(`/users/alex/subscriptions/${topic}`))]).toEqual([
        topic,
        ...error(400, "invalid_topic"),
      ]);
  });

  test("one rate counts what a user asks of every route", async () => {
    await using eager = await spawnServer(target, {
      config: { limits: { message_burst: 6, messages_per_second: 1 } },
    });
    const options = { token: await operator() };
    const ask = [
      () => postJson(eager, "/publish", { topic: "a", data: 1 }, options),
      () => getJson(eager, "/topics", options),
      () => getJson(eager, "/topics/a/presence", options),
      () => deleteJson(eager, "/users/alex/connections", options),
      () => postJson(eager, "/users/alex/messages", { data: 1 }, options),
      () => getJson(eager, "/connections", options),
    ];
    for (const once of ask) expect((await once()).status).not.toBe(429);
    const late = await Promise.all(ask.map((once) => once()));
    for (const answer of late.slice(1)) {
      expect(told(answer)).toEqual(error(429, "rate_limited"));
      expect([answer.json.retry_after_ms, answer.headers.get("retry-after")]).toEqual([
        expect.any(Number),
        expect.stringMatching(/^[1-6]$/),
      ]);
    }
  });

  test("another method, and what is below, is 404", async () => {
    for (const [method, at] of [
      ["POST", "/topics"],
      ["PUT", "/users/alex/messages"],
      ["GET", "/users/alex/messages"],
      ["GET", "/users"],
      ["DELETE", "/connections"],
      ["DELETE", "/users//connections"],
    ] as const)
      expect([at, ...told(await requestJson(server(), method, at, { token: await operator() }))]).toEqual([
        at,
        ...error(404, "not_found"),
      ]);
  });
}
