import { Hono } from "hono";
import { type ClientOptions, connect, type TopicClient } from "../../../src/client/index.ts";
import { TopicHub, type TopicHubOptions, topicRoutes } from "../../../src/index.ts";
import type { ConfigInput } from "../../../src/routes/config.ts";
import { createTestNetwork, ManualClock, type TestNetwork } from "../../../src/testing/index.ts";
import { follow } from "../../support/following.ts";
import { TEST_SECRET, token } from "../../support/token.ts";

export const TOPICS = [
  { match: "kept:*", history: { size: 100, ttl_s: 3600 } },
  { match: "level:*", history: { size: 1, ttl_s: 3600 } },
];

/** A hub that is served in this process, and a clock for it and for its clients. */
export interface Scene {
  clock: ManualClock;
  hub: TopicHub;
  network: TestNetwork;
  /** Connects a client by the library, and waits until it is open. */
  open(options?: ClientOptions): Promise<TopicClient>;
  /** The same, and does not wait. */
  start(options?: ClientOptions): Promise<TopicClient>;
  follow: typeof follow;
}

export function scene(options: TopicHubOptions = {}, config: ConfigInput = {}): Scene {
  const clock = new ManualClock();
  const network = createTestNetwork();
  const hub = new TopicHub({ clock, topics: TOPICS, ...options });
  const defaultGrants = { subscribe: ["*"], publish: ["*"] };
  const routes = { hub, runtime: network.runtime, secret: TEST_SECRET, defaultGrants, config };
  network.serve(new Hono().route("/live", topicRoutes({ ...routes, extraRoutes: ["history", "presence"] })));
  const start = async (more: ClientOptions = {}) => {
    const { WebSocket, fetch } = network;
    return connect("http://test/live", { token: await token(), WebSocket, fetch, clock, ...more });
  };
  return {
    ...{ clock, hub, network, follow, start },
    async open(more) {
      const client = await start(more);
      await until(client, "open");
      return client;
    },
  };
}

/** Settles once the client is in a state, without moving a clock. */
export function until(client: TopicClient, status: TopicClient["state"]["status"]): Promise<void> {
  if (client.state.status === status) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = client.on("state", (state) => {
      if (state.status !== status) return;
      stop();
      resolve();
    });
  });
}
