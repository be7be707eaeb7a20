import { type Client, connect } from "../../test/support/client.ts";
import { eventually } from "../../test/support/deadline.ts";
import { getJson } from "../../test/support/http.ts";
import type { SpawnOptions } from "../../test/support/spawn-server.ts";
import { ROOT, type Target } from "../../test/support/targets.ts";
import { token } from "../../test/support/token.ts";
import { type Life, later, lives, strangers } from "./churn.ts";
import { type MeasuredServer, spawnMeasured } from "./measured-server.ts";
import { goneWhileAwaited, refusals, unavailable } from "./refusals.ts";
import { abandonTopics, TOPICS_A_LIFE } from "./topics.ts";

/** What is done to a server again and again. */
export interface Subject {
  /** What is counted, in the plural. */
  name: string;
  /** Of what the script is told to do, so much is done to this one. */
  share: number;
  /** How many of what is counted one life has. */
  each: number;
  prefix: string;
  start(target: Target): Promise<MeasuredServer>;
  /** Brings the server to where the lives find it, and gives those. `hold` opens one that stays. */
  begin(measured: MeasuredServer, hold: (user: string) => Promise<Client>): Promise<Record<string, Life>>;
}

const LARGE = 1_000_000;
const limits = {
  ...{ connections: LARGE, connections_per_user: LARGE, unauthenticated: LARGE },
  ...{ messages_per_second: LARGE, message_burst: LARGE },
  // Few, so that they are full from the first rounds on.
  ...{ kept_topics: 500, idempotency_keys: 200 },
};
const topics = [
  { match: "kept:*", history: { size: 8, ttl_s: 3600 } },
  { match: "brief:*", history: { size: 8, ttl_s: 1 } },
];
// Deno's own server holds a connection that broke off until its peer would have been given up.
const heartbeat = { interval_ms: 2000, timeout_ms: 2000 };
const config = { limits, topics, heartbeat, auth: { first_message_timeout_ms: 3000 } };
const program = (options: SpawnOptions) => (target: Target) => spawnMeasured(target, target.command, options);

export const subjects: readonly Subject[] = [
  {
    ...{ name: "connections", share: 1, each: 1, prefix: "" },
    start: program({ config, env: { AUTH_MODE: "either" } }),
    begin: async () => ({ ...lives, ...strangers }),
  },
  {
    ...{ name: "topics", share: 1, each: TOPICS_A_LIFE, prefix: "" },
    start: program({ config }),
    begin: async () => ({ topics: abandonTopics }),
  },
  {
    ...{ name: "refusals", share: 1, each: 1, prefix: "" },
    start: program({ config: { ...config, limits: { ...limits, connections_per_user: 500 } } }),
    async begin(_, hold) {
      for (let held = 0; held < 500; held++) await hold("full");
      return refusals(await token({ sub: "full", exp: later() }));
    },
  },
  {
    ...{ name: "refusals of a full server", share: 0.1, each: 1, prefix: "" },
    start: program({ config: { ...config, limits: { ...limits, connections: 2 } } }),
    async begin(_, hold) {
      await hold("last");
      return unavailable;
    },
  },
  {
    ...{ name: "resets while something is awaited", share: 0.1, each: 1, prefix: "/live" },
    start: (target) =>
      spawnMeasured(
        target,
        [...target.script(`${ROOT}test/support/embedded.mjs`), target.server, "slow"],
        {},
      ),
    begin: async () => ({
      upgrade: goneWhileAwaited("/live/ws"),
      stream: goneWhileAwaited("/live/sse?topic=order:1"),
    }),
  },
  {
    ...{ name: "refusals of a server that stops", share: 0.1, each: 1, prefix: "" },
    start: program({ config: { ...config, drain: { window_ms: 3_000_000, timeout_ms: 3_600_000 } } }),
    async begin({ server }, hold) {
      // Their turns are drawn by lot over the window: one of them comes in every minute or so.
      for (let held = 0; held < 50; held++) await hold("last");
      server.signal("SIGTERM");
      const stops = async () => (await getJson(server, "/readyz")).status === 503;
      await eventually(stops, 10_000, "the beginning of the stop");
      return unavailable;
    },
  },
];

/** A connection that stays for the whole time, subscribed to `order:canary`. */
export async function holdOne({ server }: MeasuredServer, prefix: string, user: string): Promise<Client> {
  const bearer = await token({ sub: user, exp: later() });
  const client = await connect(server, { path: `${prefix}/ws`, token: bearer });
  await client.request({ action: "subscribe", topic: "order:canary" });
  return client;
}
