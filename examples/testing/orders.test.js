// Tests of an API with a hub: no port, no waiting, and every fault that a network has. The same on each runtime:
//   npm run build && node --test examples/testing/orders.test.js
//   bun test examples/testing/orders.test.js
//   deno test --allow-env examples/testing/orders.test.js
// In a project of your own: npm install topichub hono
import assert from "node:assert/strict";
import { test } from "node:test";
import { sign } from "hono/jwt";
import { createTestNetwork, ManualClock } from "topichub/testing";
import { ordersApi } from "./orders.js";

const secret = "a secret for tests only, 40 bytes long..";
const MINUTE = 60_000;

/** The API in a network of its own, and somebody who is signed in. */
async function setUp() {
  const clock = new ManualClock();
  const network = createTestNetwork();
  const { app, hub } = ordersApi({ runtime: network.runtime, secret, clock });
  network.serve(app);
  const token = await sign({ sub: "alex", exp: Math.floor(clock.now() / 1000) + 3600 }, secret);
  const headers = { Authorization: `Bearer ${token}` };
  return {
    ...{ clock, network, hub },
    connect: () => network.connect("/live/ws", { token }),
    order: (item) => network.fetch("/orders", { method: "POST", headers, body: JSON.stringify({ item }) }),
  };
}

test("a customer is told of their order", async () => {
  const { connect, order } = await setUp();
  const client = await connect();
  await client.request({ action: "subscribe", topic: "orders:alex" });
  const { status } = await order("teapot");
  assert.equal(status, 201);
  const { topic, data } = await client.next();
  assert.deepEqual([topic, data], ["orders:alex", { id: 1, user: "alex", item: "teapot" }]);
});

test("of nobody else's", async () => {
  const { connect, order } = await setUp();
  const client = await connect();
  const reply = await client.request({ action: "subscribe", topic: "orders:kim" });
  assert.equal(reply.code, "forbidden");
  await order("teapot");
  // Its reply comes after whatever was published before.
  await client.request({ action: "ping" });
  assert.deepEqual(client.unread, []);
});

test("nobody connects without a good token", async () => {
  const { network } = await setUp();
  const token = await sign({ sub: "alex", exp: 1_000_000_000 }, secret);
  await assert.rejects(network.connect("/live/ws", { token }), { status: 401, code: "unauthorized" });
});

test("who was cut off gets what they missed", async () => {
  const { connect, order } = await setUp();
  const first = await connect();
  const { epoch, offset } = await first.request({ action: "subscribe", topic: "orders:alex" });
  first.cut();
  assert.equal((await first.closed()).code, 1006);
  await order("teapot");
  const second = await connect();
  const since = { epoch, offset };
  const reply = await second.request({ action: "subscribe", topic: "orders:alex", since });
  assert.equal(reply.recovered, true);
  assert.equal((await second.next()).offset, 1);
});

test("a reader that takes nothing is closed, and the others are told all the same", async () => {
  const { connect, order } = await setUp();
  const [slow, quick] = [await connect(), await connect()];
  for (const client of [slow, quick]) await client.request({ action: "subscribe", topic: "orders:alex" });
  slow.stall();
  for (let number = 0; number < 10; number++) await order("teapot".repeat(2000));
  slow.resume();
  assert.equal((await slow.closed()).code, 4001);
  for (let number = 0; number < 10; number++) await quick.next();
});

test("a client that is gone without a word is found by the heartbeat", async () => {
  const { connect, clock, hub } = await setUp();
  const [gone, there] = [await connect(), await connect()];
  gone.vanish();
  assert.equal(hub.connectionsOf("alex"), 2);
  // Two minutes that take no time.
  clock.advance(2 * MINUTE);
  assert.equal(hub.connectionsOf("alex"), 1);
  assert.equal((await there.request({ action: "ping" })).status, "success");
});

test("a connection ends with its token", async () => {
  const { connect, clock } = await setUp();
  const client = await connect();
  clock.advance(60 * MINUTE);
  assert.equal((await client.closed()).code, 4100);
});
