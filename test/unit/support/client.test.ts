import { afterAll, expect, test } from "bun:test";
import { verify } from "hono/jwt";
import { connect, type Message } from "../../support/client.ts";
import { getJson, postJson } from "../../support/http.ts";
import { rawToken, TEST_SECRET, token } from "../../support/token.ts";

/** Echoes as a reply; `show` sends the request's headers, `burst` an array, `mute` nothing. */
const server = Bun.serve<{ shown: Record<string, string> }>({
  port: 0,
  async fetch(request, self) {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/echo")
      return Response.json({
        method: request.method,
        auth: request.headers.get("authorization"),
        body: await request.text(),
      });
    if (pathname !== "/ws") return new Response("not JSON", { status: 404 });
    if (search === "?refuse")
      return Response.json({ status: "error", code: "unauthorized" }, { status: 401 });
    const shown = { search, ...Object.fromEntries(request.headers) };
    return self.upgrade(request, { data: { shown } }) ? undefined : new Response("", { status: 400 });
  },
  websocket: {
    data: { shown: {} },
    open(socket) {
      if (socket.data.shown["sec-websocket-protocol"]) socket.send('{"type":"welcome","connection":"c1"}');
    },
    message(socket, text) {
      const message: Message = JSON.parse(String(text));
      const reply = { status: "success", action: message.action, id: message.id };
      if (message.action === "mute") return;
      if (message.action === "show")
        socket.send(JSON.stringify({ type: "shown", topic: "t", data: socket.data.shown }));
      if (message.action === "burst") socket.send(JSON.stringify([{ type: "a" }, reply, { type: "b" }]));
      else socket.send(JSON.stringify(reply));
    },
  },
});
const url = String(server.url);
afterAll(() => server.stop(true));

test("replies find their requests, the rest is queued in order", async () => {
  await using client = await connect(url, { token: await token() });
  expect(client.welcome?.connection).toBe("c1");
  const [first, second] = await Promise.all([
    client.request({ action: "burst" }),
    client.request({ action: "ping", id: 7 }),
  ]);
  expect([first.action, second.id]).toEqual(["burst", 7]);
  expect((await client.nextMatching(({ type }) => type === "b")).type).toBe("b");
  expect((await client.next()).type).toBe("a");
  client.send({ action: "ping" });
  expect((await client.nextReply()).action).toBe("ping");
  await client.expectSilence(20);
  expect([client.received.length, client.frames]).toEqual([6, 4]);
  await expect(client.request({ action: "mute" }, 20)).rejects.toThrow(
    'the reply to {"id":"request-3","action":"mute"}',
  );
  expect(await client.close()).toEqual({ code: 1000, reason: "" });
  await expect(client.expectSilence()).rejects.toThrow("closed with 1000");
});

test.each([
  ["header", "authorization", "Bearer T"],
  ["cookie", "cookie", "access_token_cookie=T"],
  ["query", "search", "?a=b&token=T"],
  ["subprotocol", "sec-websocket-protocol", "topichub.v1, bearer.T"],
] as const)("a token is shown by %s", async (via, field, value) => {
  await using client = await connect(url, { token: "T", via, path: "/ws?a=b" });
  client.send({ action: "show" });
  const { data } = await client.next();
  expect(data).toMatchObject({ [field]: value });
});

test("a client without the subprotocol takes no array", async () => {
  await using client = await connect(url, { token: "T", protocols: [] });
  expect(client.protocol).toBeUndefined();
  client.send({ action: "burst" });
  await expect(client.next()).rejects.toThrow("the server sent no message");
});

test("a refusal is an error with status and body", async () => {
  await expect(connect(url, { path: "/ws?refuse" })).rejects.toMatchObject({
    status: 401,
    json: { code: "unauthorized" },
  });
});

test("HTTP with a token and JSON", async () => {
  const posted = await postJson(url, "/echo", { a: 1 }, { token: "T" });
  expect(posted).toMatchObject({ status: 200, json: { method: "POST", auth: "Bearer T", body: '{"a":1}' } });
  expect(await getJson(url, "/none")).toMatchObject({ status: 404, json: {}, text: "not JSON" });
});

test("tokens good and bad", async () => {
  const good = await verify(await token({ admin: true, topics: undefined }), TEST_SECRET, "HS256");
  expect(good).toEqual({ sub: "alex", admin: true, exp: expect.any(Number) });
  const handMade = rawToken({ alg: "HS256", typ: "JWT" }, { sub: "bo" });
  expect(await verify(handMade, TEST_SECRET, "HS256")).toEqual({ sub: "bo" });
  expect(rawToken({ alg: "none" }, "{", "")).toBe("eyJhbGciOiJub25lIn0.ew.");
});
