// Compiled in a project that has installed the package, whatever runtime its types are of.
import { Hono } from "hono";
import { hc } from "hono/client";
import {
  type Authorize,
  type ConfigInput,
  type ErrorBody,
  type PublishedBody,
  type Runtime,
  TopicHub,
  topicRoutes,
} from "topichub";
import { publishEvent, type ResourceUpdate, topicType } from "topichub/bedrock";

const config: ConfigInput = { limits: { subscriptions: 5 } };
const authorize: Authorize = ({ user }, action, topic) => action === "subscribe" && topic === `inbox:${user}`;

export function api(runtime: Runtime, secret: string) {
  const hub = new TopicHub({ defaultType: topicType, onError: (error, { stage }) => [error, stage] });
  hub.listen("resource-monitor:*", ({ data }) => data as ResourceUpdate);
  // @ts-expect-error an event that is not there: the types are not `any`
  publishEvent(hub, "after_bakup", {});
  // @ts-expect-error a field that no configuration has
  topicRoutes({ hub, runtime, secret, authorize, config: { limit: {} } });
  return new Hono().route(
    "/live",
    topicRoutes({ hub, runtime, secret, authorize, config, extraRoutes: ["health"] }),
  );
}

export async function call(url: string): Promise<PublishedBody | ErrorBody> {
  const { live } = hc<ReturnType<typeof api>>(url);
  const socket: WebSocket = live.ws.$ws();
  const { version } = await (await live.healthz.$get()).json();
  const answer = await live.publish.$post({ json: { topic: "a", data: [socket.url, version] } });
  return answer.json();
}
