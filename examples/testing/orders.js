// The orders API of the other examples, made so that a test can serve it as well: whoever serves it brings the runtime.
import { Hono } from "hono";
import { jwt } from "hono/jwt";
import { TopicHub, topicRoutes } from "topichub";

/**
 * @param {object} parts
 * @param {import("topichub").Runtime} parts.runtime That of the server, or of a test's network.
 * @param {string} parts.secret What tokens are signed with.
 * @param {import("topichub").Clock} [parts.clock] The runtime's own unless given.
 */
export function ordersApi({ runtime, secret, clock }) {
  const hub = new TopicHub({
    ...(clock && { clock }),
    topics: [{ match: "orders:*", history: { size: 100, ttl_s: 300 } }],
  });
  /** @type {{ id: number, user: string, item: string }[]} */
  const orders = [];
  /** @type {Hono<{ Variables: import("hono/jwt").JwtVariables<{ sub: string }> }>} */
  const app = new Hono();
  const authorize = ({ user }, action, topic) => action === "subscribe" && topic === `orders:${user}`;
  const config = { limits: { unsent_bytes: 65_536 } };
  app.route("/live", topicRoutes({ hub, runtime, secret, authorize, config }));
  app.use("/orders", jwt({ secret, alg: "HS256" }));
  app.post("/orders", async (c) => {
    const { item } = await c.req.json();
    const order = { id: orders.length + 1, user: c.get("jwtPayload").sub, item };
    orders.push(order);
    await hub.publish(`orders:${order.user}`, order);
    return c.json(order, 201);
  });
  return { app, hub };
}
