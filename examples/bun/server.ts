// An API for orders, on Bun, and a hub in it: customers see their orders change.
// Run it: JWT_SECRET=$(head -c 32 /dev/urandom | base64) bun examples/bun/server.ts
//   (in a project of your own, bun add topichub hono)
// Try it: TOKEN=$(curl -s http://127.0.0.1:3000/sign-in -d '{"user":"alex","password":"tea"}'); echo $TOKEN
//   Open http://127.0.0.1:3000/live, sign in with that token, follow orders:alex, and
//   curl http://127.0.0.1:3000/orders -H "Authorization: Bearer $TOKEN" -d '{"item":"teapot"}'
import { Hono } from "hono";
import { type JwtVariables, jwt, sign } from "hono/jwt";
import { logger } from "hono/logger";
import { type Authorize, TopicHub, topicRoutes } from "topichub";
import { bun, websocket } from "topichub/bun";

const { JWT_SECRET: secret = "", PORT = "3000" } = process.env;
const passwords: Record<string, string> = { alex: "tea", kim: "coffee" };
const orders: { id: number; user: string; item: string; state: "placed" | "paid" }[] = [];

const app = new Hono<{ Variables: JwtVariables<{ sub: string }> }>();
app.use(logger());
app.post("/sign-in", async (c) => {
  const { user, password } = await c.req.json();
  if (!Object.hasOwn(passwords, user) || passwords[user] !== password)
    return c.text("Wrong user or password", 401);
  return c.text(await sign({ sub: user, exp: Math.floor(Date.now() / 1000) + 3600 }, secret));
});

// The hub: who has signed in may follow their own orders, and nobody publishes from outside.
const hub = new TopicHub();
const authorize: Authorize = ({ user }, action, topic) =>
  action === "subscribe" && topic === `orders:${user}`;
app.route("/live", topicRoutes({ hub, runtime: bun, secret, authorize, extraRoutes: ["page"] }));

app.use("/orders/*", jwt({ secret, alg: "HS256" }));
app.get("/orders", (c) => c.json(orders.filter(({ user }) => user === c.get("jwtPayload").sub)));
app.post("/orders", async (c) => {
  const { item } = await c.req.json();
  const order = { id: orders.length + 1, user: c.get("jwtPayload").sub, item, state: "placed" as const };
  orders.push(order);
  await hub.publish(`orders:${order.user}`, order);
  return c.json(order, 201);
});

const server = Bun.serve({ hostname: "127.0.0.1", port: PORT, fetch: app.fetch, websocket: websocket() });
console.log(`orders listening on http://127.0.0.1:${server.port} (bun)`);
process.once("SIGTERM", async () => {
  // First the hub, which tells its connections to come back; the server waits until they have closed.
  await hub.close();
  await server.stop();
});
