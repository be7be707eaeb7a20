import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/support/guard.ts";

const LARGE = 1_000_000;

/** What is published to, by what it is there to show. */
export const TOPICS = {
  /** Kept long enough for whoever is cut. */
  steady: ["steady:1", "steady:2", "steady:3", "many:1", "many:2", "many:3", "many:4"],
  /** Much at once, for those who read slowly: closed at the limit, or given the newest. */
  storm: ["storm:cut", "storm:newest"],
};

/** The configuration of the server, with a log of its own that grows. */
export function soakSetting() {
  const log = join(scratchFolder(), "growing.log");
  writeFileSync(log, "");
  // Short, so that what is kept is as much after a minute as after an hour.
  const history = { size: 500, ttl_s: 30 };
  const config = {
    servers: [{ name: "soak", pid: process.pid, log_file: log }],
    topics: [
      { match: "steady:*", history },
      { match: "many:*", history },
      { match: "storm:cut", history: { size: 20, ttl_s: 30 } },
      { match: "storm:newest", history: { size: 20, ttl_s: 30 }, slow: "latest" },
      { match: "server_log:*", history },
      { match: "resource-monitor:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
    ],
    heartbeat: { interval_ms: 6000, timeout_ms: 6000 },
    auth: { first_message_timeout_ms: 5000 },
    limits: {
      ...{ connections_per_user: LARGE, messages_per_second: LARGE, message_burst: LARGE },
      ...{ unsent_bytes: 262_144, idempotency_keys: 1000 },
    },
  };
  return { config, log };
}
