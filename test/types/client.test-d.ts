// Compiled, never run: what must not compile stands behind @ts-expect-error.
import { Hono } from "hono";
import { hc, type InferRequestType } from "hono/client";
import type { ExtractSchema } from "hono/types";
import type { SessionPolicy } from "../../src/hub/session.ts";
import {
  type ConnectionsBody,
  type DeliveredBody,
  type DirectBody,
  type DisconnectedBody,
  type ErrorBody,
  type HealthBody,
  type PresenceBody,
  type PublishBody,
  type PublishedBody,
  TopicHub,
  type TopicRoutes,
  type TopicsBody,
  topicRoutes,
} from "../../src/index.ts";
import type { Config } from "../../src/routes/config.ts";
import { rateLimit } from "../../src/routes/entry.ts";
import { publishRoute } from "../../src/routes/publish.ts";
import { type SseOptions, sseRoute } from "../../src/routes/sse.ts";
import { type UpgradeOptions, upgradeRoute } from "../../src/routes/ws.ts";
import { node } from "../../src/runtime/node.ts";

const hub = new TopicHub();
const options = { hub, runtime: node, secret: "a secret", defaultGrants: { subscribe: [], publish: [] } };
const app = new Hono()
  .get("/orders", (c) => c.json({ orders: [] }))
  .route("/live", topicRoutes(options))
  .route("/checked", topicRoutes({ ...options, extraRoutes: ["page", "health", "admin", "presence"] }));

const { live, checked } = hc<typeof app>("http://localhost");
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export function saysWhatTheRoutesDo(
  policy: SessionPolicy,
  { limits }: Config,
  options: UpgradeOptions & SseOptions,
) {
  const routes = new Hono()
    .get("/ws", upgradeRoute(options))
    .get("/sse", sseRoute(options))
    .post("/publish", ...publishRoute(policy, limits, rateLimit(policy, limits)));
  type Done = ExtractSchema<typeof routes>;
  type Said = ExtractSchema<TopicRoutes>;
  const isSame: [
    Same<keyof Done, keyof Said>,
    Same<Done["/ws"]["$get"], Said["/ws"]["$get"]>,
    Same<Done["/sse"]["$get"], Said["/sse"]["$get"]>,
    Same<Done["/publish"]["$post"]["input"], Said["/publish"]["$post"]["input"]>,
    Same<Done["/publish"]["$post"]["status"], Said["/publish"]["$post"]["status"]>,
    Same<Done["/publish"]["$post"]["output"], Said["/publish"]["$post"]["output"]>,
  ] = [true, true, true, true, true, true];
  return isSame;
}

export async function compiles() {
  const socket: WebSocket = live.ws.$ws();
  live.ws.$ws({ query: { token: "a token" } });
  const address: URL = live.sse.$url({ query: { topic: ["order:1", "order:2"], token: "a token" } });
  const stream = await live.sse.$get({ query: { topic: "order:*" } });
  const answer = await live.publish.$post({ json: { topic: "a", data: null, type: "note" } });
  await live.publish.$post({ json: { messages: [{ topic: "a", data: { any: ["data"] } }] } });
  const headers = { "Idempotency-Key": "a key" };
  await live.publish.$post({ json: { topic: "a", data: null } }, { headers });
  if (answer.ok) {
    const isRead: Same<Awaited<ReturnType<typeof answer.json>>, PublishedBody> = true;
    const status: 200 = answer.status;
    return [isRead, status, (await answer.json()).published[0]?.offset];
  }
  const isRead: Same<Awaited<ReturnType<typeof answer.json>>, ErrorBody> = true;
  const status: 400 | 401 | 403 | 408 | 409 | 413 | 422 | 429 | 500 | 503 = answer.status;
  const isTaken: Same<InferRequestType<typeof live.publish.$post>["json"], PublishBody> = true;
  const alive: HealthBody = await (await checked.healthz.$get()).json();
  const ready = await checked.readyz.$get();
  const state: HealthBody | ErrorBody = await ready.json();
  const named: TopicRoutes<"health" | "page"> = topicRoutes({ ...options, extraRoutes: ["health", "page"] });
  if (!stream.ok)
    return [(await stream.json()).code, stream.status satisfies 400 | 401 | 403 | 404 | 429 | 500 | 503];
  return [
    address,
    stream.status satisfies 200 | 204,
    socket,
    isRead,
    status,
    isTaken,
    alive,
    ready.status satisfies 200 | 503,
    state,
    named,
  ];
}

export async function administers() {
  const { users, connections, topics } = checked;
  const param = { user: "alex", topic: "a", id: "1" };
  const sent = await users[":user"].messages.$post({ param, json: { data: null, topic: "a", type: "note" } });
  await connections[":id"].messages.$post({ param, json: { data: 1 } });
  const ended = await users[":user"].subscriptions[":topic"].$delete({ param });
  const closed = await connections[":id"].$delete({ param });
  await users[":user"].connections.$delete({ param });
  const listed = await topics.$get({ query: { limit: "5", cursor: "a cursor" } });
  const open = await connections.$get({ query: {} });
  const present = await topics[":topic"].presence.$get({ param, query: {} });
  const isTaken: Same<InferRequestType<(typeof users)[":user"]["messages"]["$post"]>["json"], DirectBody> =
    true;
  const isRead: [
    Same<Awaited<ReturnType<typeof sent.json>>, DeliveredBody | ErrorBody>,
    Same<Awaited<ReturnType<typeof closed.json>>, DisconnectedBody | ErrorBody>,
    Same<Awaited<ReturnType<typeof listed.json>>, TopicsBody | ErrorBody>,
    Same<Awaited<ReturnType<typeof open.json>>, ConnectionsBody | ErrorBody>,
    Same<Awaited<ReturnType<typeof present.json>>, PresenceBody | ErrorBody>,
    Same<typeof sent.status, 200 | 400 | 401 | 403 | 404 | 408 | 409 | 413 | 422 | 429 | 500 | 503>,
    Same<typeof ended.status, 200 | 400 | 401 | 403 | 429 | 500 | 503>,
    Same<typeof closed.status, 200 | 401 | 403 | 404 | 429 | 500 | 503>,
    Same<typeof listed.status, 200 | 400 | 401 | 403 | 429 | 500 | 503>,
    Same<typeof present.status, 200 | 400 | 401 | 403 | 429 | 500 | 503>,
  ] = [true, true, true, true, true, true, true, true, true, true];
  return [isTaken, isRead];
}

export async function doesNotCompile() {
  // @ts-expect-error no message
  live.publish.$post();
  // @ts-expect-error no data
  live.publish.$post({ json: { topic: "a" } });
  // @ts-expect-error no topic
  live.publish.$post({ json: { data: 1 } });
  // @ts-expect-error a type that is no text
  live.publish.$post({ json: { topic: "a", data: 1, type: 5 } });
  // @ts-expect-error a field that no message has
  live.publish.$post({ json: { topic: "a", data: 1, retain: true } });
  // @ts-expect-error one message where a list is due
  live.publish.$post({ json: { messages: { topic: "a", data: 1 } } });
  // @ts-expect-error the token has another name
  live.ws.$ws({ query: { jwt: "a token" } });
  // @ts-expect-error no topic
  live.sse.$get({ query: {} });
  // @ts-expect-error the topics have another name
  live.sse.$url({ query: { topics: "order:*" } });
  // @ts-expect-error a status that is never answered
  (await live.publish.$post({ json: { topic: "a", data: 1 } })).status === 404;
  // @ts-expect-error not among the routes that were named
  live.healthz.$get();
  // @ts-expect-error not among them either
  live.topics.$get({ query: {} });
  const param = { user: "alex" };
  // @ts-expect-error a direct message without data
  checked.users[":user"].messages.$post({ param, json: { topic: "a" } });
  // @ts-expect-error nobody to send to
  checked.users[":user"].messages.$post({ json: { data: 1 } });
  // @ts-expect-error a batch, which nobody is sent directly
  checked.users[":user"].messages.$post({ param, json: { messages: [{ data: 1 }] } });
  // @ts-expect-error a field that no list has
  checked.topics.$get({ query: { offset: "5" } });
  // @ts-expect-error a route of the page, which is for people
  checked.index.$get();
  // @ts-expect-error what an error holds, before it is known to be none
  (await (await live.publish.$post({ json: { topic: "a", data: 1 } })).json()).published.length;
}
