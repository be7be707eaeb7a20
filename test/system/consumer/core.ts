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

import {
  createTestNetwork,
  ManualClock,
  type TestClient,
  type TestConnectOptions,
  type TestMessage,
  type TestNetwork,
} from "topichub/testing";

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

export async function tested(options: TestConnectOptions): Promise<TestMessage> {
  const network: TestNetwork = createTestNetwork();
  network.serve(api(network.runtime, "a secret"));
  const fetching: typeof fetch = network.fetch;
  const socket = new network.WebSocket("/live/ws", ["topichub.v1"]);
  socket.onclose = ({ code, wasClean }) => [code.toFixed(), wasClean];
  const client: TestClient = await network.connect("/live/ws", options);
  new TopicHub({ clock: new ManualClock() });
  // @ts-expect-error a fault that is none
  client.pause();
  return client.request({ action: "ping", fetching });
}
