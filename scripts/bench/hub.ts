// What the hub's operations cost as the hub grows: they should cost what the connection holds, or what a
// publication's recipients are, never what the hub holds. Prints microseconds and the ratio to the smallest hub.
//   bun scripts/bench/hub.ts
import { TopicHub } from "../../src/hub/topic-hub.ts";

const SIZES = [1_000, 10_000, 100_000];
const ROUNDS = 5;
const principal = { user: "bench", isAdmin: false, claims: {} };
const transport = {
  canTerminate: true,
  canPing: true,
  send() {},
  close() {},
  ping() {},
  terminate() {},
  pause() {},
  resume() {},
  unsentBytes: () => 0,
};
const connect = (hub: TopicHub, user: string) =>
  hub.connect({ principal: { ...principal, user }, transport, unsentLimit: 2 ** 20 });

/** A hub with that many connections of as many users, each with a topic and a pattern of its own. */
async function filled(size: number): Promise<TopicHub> {
  const hub = new TopicHub();
  for (let at = 0; at < size; at++)
    await hub.subscribe(connect(hub, `user-${at}`), [`topic:${at}`, `pattern:${at}:*`]);
  return hub;
}

const operations: Record<string, (hub: TopicHub, times: number) => Promise<void>> = {
  async "subscribe and unsubscribe"(hub, times) {
    const connection = connect(hub, "measured");
    for (let at = 0; at < times; at++) {
      await hub.subscribe(connection, `mine:${at}`);
      hub.unsubscribe(connection, `mine:${at}`);
    }
    hub.disconnect(connection, 1000, "");
  },
  async "connect, 10 subscriptions, disconnect"(hub, times) {
    const topics = Array.from({ length: 10 }, (_, at) => `topic:${at}`);
    for (let at = 0; at < times; at++) {
      // One user coming and going would measure JavaScriptCore's Map, which walks past a key's deleted entries.
      const connection = connect(hub, `measured-${at}`);
      await hub.subscribe(connection, topics);
      hub.disconnect(connection, 1000, "");
    }
  },
  async "publish to 1 recipient"(hub, times) {
    for (let at = 0; at < times; at++) await hub.publish(`topic:${at % 1000}`, { at });
  },
  async "publish to nobody"(hub, times) {
    for (let at = 0; at < times; at++) await hub.publish("nobody", { at });
  },
  async "send to a user"(hub, times) {
    for (let at = 0; at < times; at++) await hub.sendToUser(`user-${at % 1000}`, { data: at });
  },
};

const hubs = await Promise.all(SIZES.map(filled));
console.log(
  `${"µs an operation, at connections:".padEnd(40)}${SIZES.map((size) => String(size).padStart(16)).join("")}`,
);
for (const [name, operation] of Object.entries(operations)) {
  const best = SIZES.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, hub] of hubs.entries()) {
      const times = 20_000;
      const startedAt = performance.now();
      await operation(hub, times);
      best[at] = Math.min(best[at] ?? 0, ((performance.now() - startedAt) * 1000) / times);
    }
  const cells = best.map((time) => `${time.toFixed(2)} (${(time / (best[0] ?? 1)).toFixed(2)})`.padStart(16));
  console.log(name.padEnd(40) + cells.join(""));
}
process.exit(0);
