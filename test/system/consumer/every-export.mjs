// An API that uses every value that the package exports, in a project that has installed it. Plain JavaScript,
// because Node 20 runs no other. Arguments: the server (node, bun or deno-native).
import process from "node:process";
import { Hono } from "hono";
import { CloseCode, ConfigError, isGranted, TopicHub, topicRoutes, VERSION } from "topichub";
import {
  EVENT_NAMES,
  isEventName,
  isTaskTopic,
  publishEvent,
  startResourceMonitor,
  topicType,
} from "topichub/bedrock";

const [kind] = process.argv.slice(2);
const servers = {
  async node(app) {
    const { createServer, node } = await import("topichub/node");
    return { runtime: node, serve: () => listening(createServer(app.fetch)) };
  },
  async bun(app) {
    const { bun, websocket } = await import("topichub/bun");
    const options = { hostname: "127.0.0.1", port: 0, fetch: app.fetch, websocket: websocket() };
    return { runtime: bun, serve: () => Bun.serve(options).port };
  },
  async "deno-native"(app) {
    const { deno } = await import("topichub/deno");
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    return { runtime: deno, serve: () => Deno.serve(options, app.fetch).addr.port };
  },
};

const app = new Hono();
const { runtime, serve } = await servers[kind](app);
const hub = new TopicHub({ defaultType: topicType });
startResourceMonitor(hub, { servers: [{ name: "survival", pid: process.pid }], intervalMs: 100 });
const secret = process.env.JWT_SECRET;
const authorize = ({ grants }, action, topic) => !isTaskTopic(topic) && isGranted(grants, action, topic);
app.route(
  "/live",
  topicRoutes({
    hub,
    runtime,
    secret,
    authorize,
    extraRoutes: ["admin", "client", "health", "page", "presence"],
  }),
);
app.post("/backups", async (c) => c.json(await publishEvent(hub, "after_backup", await c.req.json())));
app.get("/exports", (c) =>
  c.json({
    from: import.meta.resolve("topichub"),
    version: VERSION,
    codes: CloseCode,
    events: EVENT_NAMES.every(isEventName),
    fault: faultOf(() => topicRoutes({ hub, runtime, secret, authorize, config: { limits: { topics: 1 } } })),
  }),
);
process.stdout.write(`topichub listening on http://127.0.0.1:${await serve()} (${runtime.name})\n`);

async function listening(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}

function faultOf(call) {
  try {
    return call();
  } catch (error) {
    return error instanceof ConfigError ? error.faults : error;
  }
}
