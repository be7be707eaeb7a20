// An API for orders, on Node with @hono/node-server 2, and a hub in it: customers see their orders change.
// Run it: `npm run build`, then JWT_SECRET=$(head -c 32 /dev/urandom | base64) node examples/node/server.js
//   (in a project of your own, npm install topichub hono @hono/node-server ws)
// Try it: TOKEN=$(curl -s http://127.0.0.1:3000/sign-in -d '{"user":"alex","password":"tea"}'); echo $TOKEN
//   Open http://127.0.0.1:3000/live, sign in with that token, follow orders:alex, and
//   curl http://127.0.0.1:3000/orders -H "Authorization: Bearer $TOKEN" -d '{"item":"teapot"}'
import process from "node:process";
import { Hono } from "hono";
import { jwt, sign } from "hono/jwt";
import { logger } from "hono/logger";
import { TopicHub, topicRoutes } from "topichub";
import { createServer, node } from "topichub/node";

const { JWT_SECRET: secret = "", PORT = "3000" } = process.env;
const passwords = { alex: "tea", kim: "coffee" };
const orders = [];

/** @type {Hono<{ Variables: import("hono/jwt").JwtVariables<{ sub: string }> }>} */
const app = new Hono();
app.use(logger());
app.post("/sign-in", async (c) => {
  const { user, password } = await c.req.json();
  if (!Object.hasOwn(passwords, user) || passwords[user] !== password)
    return c.text("Wrong user or password", 401);
  return c.text(await sign({ sub: user, exp: Math.floor(Date.now() / 1000) + 3600 }, secret));
});

// The hub: who has signed in may follow their own orders, and nobody publishes from outside.
const hub = new TopicHub();
const authorize = ({ user }, action, topic) => action === "subscribe" && topic === `orders:${user}`;
app.route("/live", topicRoutes({ hub, runtime: node, secret, authorize, extraRoutes: ["page"] }));

app.use("/orders/*", jwt({ secret, alg: "HS256" }));
app.get("/orders", (c) => c.json(orders.filter(({ user }) => user === c.get("jwtPayload").sub)));
app.post("/orders", async (c) => {
  const { item } = await c.req.json();
  const order = { id: orders.length + 1, user: c.get("jwtPayload").sub, item, state: "placed" };
  orders.push(order);
  await hub.publish(`orders:${order.user}`, order);
  return c.json(order, 201);
});

const server = createServer(app.fetch);
server.listen(Number(PORT), "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`orders listening on http://127.0.0.1:${port} (node)`);
});
process.once("SIGTERM", async () => {
  // First the hub, which tells its connections to come back; the server waits until they have closed.
  await hub.close();
  server.close();
});
