// An existing API that mounts a hub under a prefix. Plain JavaScript, because Node 20 runs no other.
// Arguments: the server (node, node-ws, bun or deno-native), `slow` for checks that take their time, `impatient` for
// one that waits for nobody, and `typed` for one whose hub has typed topics.
import process from "node:process";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { logger } from "hono/logger";
import { secureHeaders } from "hono/secure-headers";
import { defineTopics, TopicHub, topicRoutes } from "topichub";

const [kind, ...options] = process.argv.slice(2);
const isSlow = options.includes("slow");
/** Listens with a server of `node:http`; beside another upgrade listener where told, as Vite and socket.io are. */
async function portOf(server) {
  if (options.includes("second-listener")) server.on("upgrade", takeSecond);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}
function takeSecond({ url }, socket) {
  const answer =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nsecond";
  if (url === "/second") setTimeout(() => socket.end(answer), 100);
}

const servers = {
  async node(app) {
    const { createServer } = await import("topichub/node");
    return portOf(createServer(app.fetch));
  },
  async "node-ws"(app) {
    const { createAdaptorServer } = await import("../node-v1/packages.mjs");
    const server = createAdaptorServer(app);
    (await nodeWebSocket()).injectWebSocket(server);
    return portOf(server);
  },
  async bun(app) {
    const { websocket } = await import("topichub/bun");
    return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: app.fetch, websocket: websocket() }).port;
  },
  async "deno-native"(app) {
    return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch).addr.port;
  },
};
const nodeWebSocket = once(async () => {
  const { nodeWs } = await import("topichub/node-ws");
  const { createNodeWebSocket } = await import("../node-v1/packages.mjs");
  return nodeWs(createNodeWebSocket, { app });
});
function once(make) {
  let made;
  return () => (made ??= make());
}
const runtimes = {
  "node-ws": async () => (await nodeWebSocket()).runtime,
  node: async () => (await import("topichub/node")).node,
  bun: async () => (await import("topichub/bun")).bun,
  "deno-native": async () => (await import("topichub/deno")).deno,
};

const helpers = {
  node: () => import("@hono/node-server"),
  "node-ws": nodeWebSocket,
  bun: () => import("hono/bun"),
  "deno-native": () => import("hono/deno"),
};

async function typedTopics() {
  const v = await import("valibot");
  return defineTopics({
    "backup:done": v.object({ server_name: v.string(), files: v.optional(v.number(), 0) }),
    "usage:{server}": v.object({ pid: v.number() }),
  });
}
const hub = new TopicHub(options.includes("typed") ? { schemas: await typedTopics() } : {});
const app = new Hono();
app.use(
  cors(),
  secureHeaders(),
  logger(() => {}),
);
if (options.includes("compress")) app.use(compress({ threshold: 0 }));
if (isSlow) app.use("/live/*", (_, next) => new Promise((resolve) => setTimeout(resolve, 150)).then(next));
app.get("/orders", (c) => c.json({ orders: [] }));
app.post("/orders/:id", async (c) => {
  await hub.publish(`order:${c.req.param("id")}`, await c.req.json(), { type: "order" });
  return c.json({ ok: true }, 201);
});
// What no API should do, and some do.
app.post("/busy/:ms", (c) => {
  const until = performance.now() + Number(c.req.param("ms"));
  while (performance.now() < until);
  return c.json({ ok: true });
});
app.get("/hub", (c) => c.json(hub.size));
app.post("/users/:user", async (c) =>
  c.json({ delivered: await hub.sendToUser(c.req.param("user"), { data: await c.req.json() }) }),
);
app.delete("/users/:user", async (c) =>
  c.json({ disconnected: await hub.disconnectUser(c.req.param("user")) }),
);
app.delete("/connections/:id", async (c) =>
  c.json({ disconnected: await hub.disconnectConnection(c.req.param("id")) }),
);
app.delete("/users/:user/:topic", async (c) =>
  c.json({ unsubscribed: await hub.unsubscribeUser(c.req.param("user"), c.req.param("topic")) }),
);
// A WebSocket of the API's own, beside the hub.
const { upgradeWebSocket } = await helpers[kind]();
app.get(
  "/echo",
  upgradeWebSocket(() => ({ onMessage: ({ data }, ws) => ws.send(`echo ${data}`) })),
);
const secret = process.env.JWT_SECRET;
const defaultGrants = { subscribe: ["order:*"], publish: [] };
const extraRoutes = ["admin", "presence"];
const config = options.includes("impatient")
  ? {
      auth: { mode: "either", first_message_timeout_ms: 1000 },
      heartbeat: { interval_ms: 600, timeout_ms: 600 },
    }
  : {};
app.route(
  "/live",
  topicRoutes({ hub, runtime: await runtimes[kind](), secret, defaultGrants, extraRoutes, config }),
);
const port = await servers[kind](app);
process.stdout.write(`topichub listening on http://127.0.0.1:${port} (${kind.replace(/-.*/, "")})\n`);
