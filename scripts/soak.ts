// Hours of a server in minutes: clients that are cut, stall, read slowly and come back, producers that are killed in the
// middle and begun again, operators, short tokens, a log that rotates. Prints what the server took as a plot, and what
// became of every publication. Ends with status 1 where one was lost untold, came out of order or from nowhere, or
// where memory, descriptors or connections do not come back. Linux only: it reads /proc.
//   bun scripts/soak.ts TARGET [MINUTES=10] [SEED]
import { eventually } from "../test/support/deadline.ts";
import { getJson } from "../test/support/http.ts";
import { inMegabytes } from "../test/support/memory.ts";
import { Random } from "../test/support/random.ts";
import { spawnServer } from "../test/support/spawn-server.ts";
import { token } from "../test/support/token.ts";
import { countNamed, targetNamed } from "./faults/arguments.ts";
import { startCanary } from "./faults/canary.ts";
import { laterHalf, slopeOf } from "./faults/fit.ts";
import { settledDescriptors } from "./faults/settled-descriptors.ts";
import { later } from "./leaks/churn.ts";
import { startFollower } from "./soak/followers.ts";
import { startLog, startOperator, startSampling, startVisitor } from "./soak/others.ts";
import { startProducer } from "./soak/producers.ts";
import { plotOf, watch } from "./soak/samples.ts";
import { soakSetting } from "./soak/setting.ts";
import { totalsOf } from "./soak/totals.ts";

const FOLLOWERS = 36;
// In its first minutes a runtime grows to the size of its work; after them there is nothing that should.
const SHORT_MINUTES = 3;
const FLAT_BYTES = { short: 96_000_000, long: 24_000_000 };

const target = targetNamed(process.argv[2]);
const minutes = Number(process.argv[3] ?? 10);
if (!(minutes > 0)) throw new RangeError(`MINUTES takes a number above 0, got ${process.argv[3]}`);
const seed = countNamed("SEED", process.argv[4], 1 + (Date.now() % 999_999_999));
console.log(`${target.name}: ${minutes} minutes, seed ${seed}`);

const { config, log } = soakSetting();
await using server = await spawnServer(target, { config, env: { LOG_LEVEL: "error", AUTH_MODE: "either" } });
const operator = await token({ sub: "operator", admin: true, exp: later() });
const connectionsNow = async () => {
  const { json } = await getJson(server, "/connections?limit=1000", { token: operator });
  return (json.connections as unknown[]).length;
};
await startSampling(server);
const descriptors = await settledDescriptors(server.pid);

const followers = await Promise.all(
  Array.from({ length: FOLLOWERS }, (_, at) => startFollower(server, at, new Random(seed + at))),
);
// Nothing is published before, so that every one of them knows of everything that is.
const areReady = () => followers.every(({ subscriber }) => subscriber.first > 0);
await eventually(areReady, 10_000, "the first subscriptions");
const kinds = ["http", "http", "websocket", "websocket", "storm"] as const;
const producers = await Promise.all(
  kinds.map((kind, at) =>
    startProducer(server, `producer-${at}`, kind, new Random(seed + 100 + at), (publication) => {
      for (const follower of followers) follower.accepted(publication);
    }),
  ),
);
const canary = await startCanary(server);
const others = {
  operators: await startOperator(server, new Random(seed + 200)),
  visitors: startVisitor(server, new Random(seed + 201)),
  "log lines": await startLog(server, log, new Random(seed + 202)),
};
const stopWatching = watch(server.pid, async () => ({
  connections: await connectionsNow(),
  deliveries: followers.reduce((sum, { subscriber }) => sum + subscriber.live + subscriber.replayed, 0),
}));
const reading = setInterval(() => {
  for (const producer of producers) producer.read();
}, 500);
await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));

clearInterval(reading);
const samples = stopWatching();
const faults: string[] = [];
const check = (isSo: boolean, fault: string) => void (isSo || faults.push(fault));
const stopped = async (name: string, { stop }: { stop(): Promise<unknown> }) => {
  await stop().catch((error: unknown) => check(false, `${name}: ${error}`));
};
await Promise.all(producers.map((producer) => stopped("a producer", producer)));
for (const [name, other] of Object.entries(others)) await stopped(name, other);
let missed = Number.NaN;
const stopCanary = async () => {
  missed = await canary.stop();
};
await stopped("a client that never left", { stop: stopCanary });
await canary[Symbol.asyncDispose]();
await Promise.all(followers.map((follower) => stopped(follower.name, follower)));
let after = descriptors;
const isBack = async () => {
  const connections = await connectionsNow();
  after = await settledDescriptors(server.pid);
  return connections === 0 && after <= descriptors;
};
const isAllBack = await eventually(isBack, 30_000, "everybody to be gone").catch(() => false);

const totals = totalsOf(followers);
const half = laterHalf(samples.resident);
const grown = slopeOf(half) * half.length;
console.log(plotOf(samples));
console.log(totals.text);
console.log(
  [
    `producers killed and begun again ${producers.reduce((sum, { kills }) => sum + kills, 0)} times`,
    ...Object.entries(others).map(([name, { times }]) => `${name} ${times}`),
    `missed by a client that never left ${missed}`,
  ].join("; "),
);
console.log(
  `RSS ${inMegabytes(grown)} MB over the later half; ` +
    `descriptors ${descriptors} before, ${after} after; connections left ${await connectionsNow()}`,
);
check(
  totals.lost + totals.outOfOrder + totals.foreign === 0,
  "publications are lost, out of order or foreign",
);
check(totals.replayed > 0 && totals.steadyTold * 100 < totals.accepted, "too little was resumed");
check(missed === 0, "a client that never left has missed something");
check(grown < FLAT_BYTES[minutes < SHORT_MINUTES ? "short" : "long"], "memory grows");
check(isAllBack, "descriptors or connections are left");
check(server.stderr() === "", `the server said ${server.stderr()}`);
for (const fault of faults) console.log(`FAULT: ${fault}`);
console.log(faults.length > 0 ? "BAD" : "flat, 0 lost");
process.exit(faults.length > 0 ? 1 : 0);
