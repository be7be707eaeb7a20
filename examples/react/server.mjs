// The API of the page: a hub that samples this process, and keeps notes. The same as in ../node/server.js, with typed topics.
// Run it: JWT_SECRET=$(head -c 32 /dev/urandom | base64) npm start
import { randomUUID } from "node:crypto";
import process from "node:process";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { sign } from "hono/jwt";
import { TopicHub, topicRoutes } from "topichub";
import { startResourceMonitor, topicType } from "topichub/bedrock";
import { createServer, node } from "topichub/node";
import { topics } from "./topics.mjs";

const { JWT_SECRET: secret = "", PORT = "3000" } = process.env;

const hub = new TopicHub({
  schemas: topics,
  defaultType: topicType,
  topics: [
    { match: "note:*", history: { size: 100, ttl_s: 300 } },
    { match: "resource-monitor:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
  ],
});
// While somebody watches, and not otherwise.
const monitor = startResourceMonitor(hub, { servers: [] });

const app = new Hono();
const defaultGrants = { subscribe: ["note:*", "resource-monitor:topichub"], publish: ["note:*"] };
app.route("/live", topicRoutes({ hub, runtime: node, secret, defaultGrants }));
// Everybody who asks gets one here. An API of yours gives it to whom its session says has signed in, in that user's name.
app.post("/token", async (c) =>
  c.text(await sign({ sub: randomUUID(), exp: Math.floor(Date.now() / 1000) + 900 }, secret)),
);
app.use(serveStatic({ root: "dist" }));

const server = createServer(app.fetch);
server.listen(Number(PORT), "127.0.0.1", () => {
  const { port } = server.address();
  console.log(`react listening on http://127.0.0.1:${port} (node)`);
});
process.once("SIGTERM", async () => {
  // First the hub, which tells its connections to come back; the server waits until they have closed.
  await monitor.stop();
  await hub.close();
  server.close();
});
