// What the snippets of docs/client.md find where they are imported after it: a page of an API, and what a page has.
import { Hono } from "hono";
import { sign } from "hono/jwt";
import { TopicHub, topicRoutes } from "topichub";
import { createTestNetwork } from "topichub/testing";

const secret = "a secret for tests only, 40 bytes long..";
const grants = { subscribe: ["order:*"], publish: ["order:*"] };
const network = createTestNetwork();
const hub = new TopicHub({ topics: [{ match: "order:*", history: { size: 100, ttl_s: 300 } }] });

const app = new Hono();
app.route("/live", topicRoutes({ hub, runtime: network.runtime, secret, defaultGrants: grants }));
app.post("/token", async (c) =>
  c.text(await sign({ sub: "alex", exp: Math.floor(Date.now() / 1000) + 900 }, secret)),
);
app.get("/orders/:id", async (c) => {
  const { epoch, offset, publications } = await hub.history(`order:${c.req.param("id")}`, { limit: 1 });
  return c.json({ order: publications[0]?.data, position: { epoch, offset } });
});
app.post("/orders/:id", async (c) => {
  await hub.publish(`order:${c.req.param("id")}`, await c.req.json());
  await hub.sendToUser("alex", { type: "note", data: "taken" });
  return c.json({ ok: true });
});
network.serve(app);

const { WebSocket, fetch } = network;
const globals = { WebSocket, fetch, location: new URL("http://test/orders") };
for (const [name, value] of Object.entries(globals))
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
