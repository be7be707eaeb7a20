import { expect, test } from "bun:test";
import { Hono } from "hono";
import { hc } from "hono/client";
import type { TopicRoutes } from "../../src/routes/typed-routes.ts";
import { createMailbox } from "../../src/testing/mailbox.ts";
import { sharedServer } from "../support/shared-server.ts";
import { ROOT, type Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

/** The API of test/support/embedded.mjs as its TypeScript would have it. */
const mounted = (routes: TopicRoutes<"admin" | "presence">) => new Hono().route("/live", routes);
type Api = ReturnType<typeof mounted>;

/** A WebSocket of the platform, whose messages queue. */
async function listening(socket: WebSocket) {
  const messages = createMailbox<unknown>();
  socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
  socket.onclose = ({ code }) => messages.end(`closed with ${code}`);
  const opened = Promise.withResolvers<unknown>();
  socket.onopen = opened.resolve;
  socket.onerror = () => opened.reject(new Error(`${socket.url} does not open`));
  await opened.promise;
  return { next: () => messages.take(2000, "a message"), [Symbol.dispose]: () => socket.close() };
}

/** `hc` of `hono/client` against the routes under a prefix. */
export function typedClient(target: Target): void {
  const api = { command: [...target.script(`${ROOT}test/support/embedded.mjs`), target.server] };
  const server = sharedServer(api);
  const live = async (claims = {}) => {
    const headers = { Authorization: `Bearer ${await token(claims)}` };
    return hc<Api>(server().url, { headers }).live;
  };

  test("what is published by $post comes to $ws", async () => {
    const { ws, publish } = await live();
    const socket = ws.$ws({ query: { token: await token() } });
    using subscriber = await listening(socket);
    socket.send('{"action":"subscribe","topic":"order:*"}');
    expect(await subscriber.next()).toMatchObject({ status: "success", topic: "order:*" });
    const message = { topic: "order:1", data: { state: "paid" }, type: "order" };
    const answer = await publish.$post({ json: message });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { status: "success", published: [{ topic: "order:1" }] },
    ]);
    expect(await subscriber.next()).toMatchObject(message);
    await publish.$post({ json: { messages: [message, { ...message, topic: "order:2" }] } });
    expect([await subscriber.next(), await subscriber.next()]).toMatchObject([
      { topic: "order:1" },
      { topic: "order:2" },
    ]);
  });

  test("an administrator's routes and presence are there, under the prefix as well", async () => {
    const { users, connections, topics } = await live({ admin: true });
    const socket = (await live()).ws.$ws({ query: { token: await token({ sub: "auth0|1" }) } });
    using subscriber = await listening(socket);
    socket.send('{"action":"subscribe","topic":"order:*"}');
    await subscriber.next();
    const present = await topics[":topic"].presence.$get({ param: { topic: "order:1" }, query: {} });
    expect(await present.json()).toEqual({
      ...{ status: "success", topic: "order:1", cursor: null },
      users: [{ user: "auth0|1", connections: 1 }],
    });
    const listed = await topics.$get({ query: { limit: "5" } });
    expect(await listed.json()).toMatchObject({
      topics: [{ topic: "order:*", subscribers: 1 }],
      cursor: null,
    });
    const param = { user: encodeURIComponent("auth0|1") };
    const sent = await users[":user"].messages.$post({ param, json: { data: "hello" } });
    expect(await sent.json()).toEqual({ status: "success", delivered: 1 });
    expect(await subscriber.next()).toMatchObject({ data: "hello", direct: true });
    const found = await connections.$get({ query: {} });
    if (!found.ok) throw new Error(`status ${found.status}`);
    const [{ connection = "" } = {}] = (await found.json()).connections;
    const closed = await connections[":id"].$delete({ param: { id: connection } });
    expect(await closed.json()).toEqual({ status: "success", disconnected: 1 });
    const gone = await connections[":id"].messages.$post({ param: { id: connection }, json: { data: 1 } });
    expect(gone.status).toBe(404);
  });

  test("an error is told by its status and its code", async () => {
    const { publish } = await live({ topics: { subscribe: [], publish: ["order:1"] } });
    const answer = await publish.$post({ json: { topic: "order:2", data: null } });
    if (answer.ok) throw new Error("it was published without a grant");
    expect([answer.status, (await answer.json()).code]).toEqual([403, "forbidden"]);
  });
}
