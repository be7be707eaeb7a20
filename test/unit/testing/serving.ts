import { Hono } from "hono";
import type { Principal } from "../../../src/hub/principal.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import type { ConfigInput } from "../../../src/routes/config.ts";
import { topicRoutes } from "../../../src/routes/topic-routes.ts";
import { createTestNetwork, ManualClock } from "../../../src/testing/index.ts";
import { TEST_SECRET, token } from "../../support/token.ts";

/** An app with a hub in a network of its own, and the code of each connection's end as the hub saw it. */
export function serving(config: ConfigInput = {}) {
  const clock = new ManualClock();
  const network = createTestNetwork();
  const ends: number[] = [];
  const errors: unknown[] = [];
  const hub = new TopicHub({
    clock,
    topics: [{ match: "kept:*", history: { size: 10, ttl_s: 600 } }],
    onDisconnect: (_, code) => void ends.push(code),
    onError: (error) => void errors.push(error),
  });
  const authorize = ({ user }: Principal, _: string, topic: string) => topic !== `not:${user}`;
  const app = new Hono();
  app.route("/live", topicRoutes({ hub, runtime: network.runtime, secret: TEST_SECRET, authorize, config }));
  network.serve(app);
  return {
    ...{ clock, network, hub, app, ends, errors },
    /** Connects, and subscribes to these. */
    async follow(...topics: string[]) {
      const client = await network.connect("/live/ws", { token: await token() });
      if (topics.length > 0) await client.request({ action: "subscribe", topics });
      return client;
    },
  };
}
