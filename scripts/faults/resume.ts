// A client whose connections break at random bytes and times, and that resumes where it was, while others publish
// steadily. At the end it has got everything that was accepted, in order, or this ends with status 1.
//   bun scripts/faults/resume.ts TARGET [SECONDS=30] [SEED] [--sse]
import { eventually } from "../../test/support/deadline.ts";
import { startProxy } from "../../test/support/proxy.ts";
import { Random } from "../../test/support/random.ts";
import { spawnServer } from "../../test/support/spawn-server.ts";
import { token } from "../../test/support/token.ts";
import { countNamed, targetNamed } from "./arguments.ts";
import { type Breakage, breakageOf, unbroken } from "./breakage.ts";
import { liveOverEventStream, liveOverWebSocket } from "./live.ts";
import { startPublishers } from "./publishers.ts";
import { Subscriber } from "./subscriber.ts";

// One by itself, some in a list, and a pattern that selects one of these too. All keep history by the default rules.
const SINGLE = "event:one";
const LIST = ["event:list:1", "event:list:2", "event:many:0"];
const PATTERN = "event:many:*";
const STEADY = [SINGLE, ...LIST, ...Array.from({ length: 8 }, (_, at) => `event:many:${at}`)];

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const flags = process.argv.slice(2);
const isSse = flags.includes("--sse");
const [name, secondsGiven, seedGiven] = flags.filter((flag) => flag !== "--sse");
const target = targetNamed(name);
const seconds = countNamed("SECONDS", secondsGiven, 30);
const seed = countNamed("SEED", seedGiven, 1 + (Date.now() % 999_999_999));
const random = new Random(seed);
console.log(`${target.name}${isSse ? ", SSE" : ""}: seed ${seed}, ${seconds} s`);

const limits = { connections_per_user: 1000, messages_per_second: 10_000, message_burst: 10_000 };
await using server = await spawnServer(target, { config: { limits }, env: { LOG_LEVEL: "error" } });
await using proxy = await startProxy(server);
const subscriber = new Subscriber();
const bearer = await token({ sub: "subscriber" });
const requests = [[SINGLE], LIST, [PATTERN]];
const live = isSse ? liveOverEventStream(requests.flat()) : liveOverWebSocket(requests);
const connections = new Map<string, number>();
const next = async (breakage: Breakage) => {
  connections.set(breakage.name, (connections.get(breakage.name) ?? 0) + 1);
  subscriber.connecting();
  await live(proxy, breakage, bearer, subscriber);
};

// Published to while it lasts, so that an event stream has an id from then on.
const first = next(unbroken(2000));
const subscriptions = requests.flat().length;
const areMade = () => subscriber.first === subscriptions;
await Promise.race([first, eventually(areMade, 5000, "the first subscriptions")]);
const startedAt = Date.now();
const elapsed = () => Math.floor((Date.now() - startedAt) / 1000);
// A topic that is new every second: who resumes a pattern has never heard of it.
const topicOf = () => (publishing.below(10) > 0 ? publishing.of(STEADY) : `event:many:since-${elapsed()}`);
const publishing = new Random(seed + 1);
const publishers = await startPublishers(server, publishing, topicOf, ({ topic = "", offset, data }) => {
  if (offset === undefined) throw new Error(`${topic} was published to without an offset`);
  subscriber.ledger.accepted(topic, offset, data);
});
await first;
while (elapsed() < seconds) {
  await Promise.race([next(breakageOf(random)), publishers.failed]);
  await pause(random.below(200));
}
await publishers.stop();
// What is on its way may take more than one quiet connection on a busy machine.
for (let tries = 0; tries < 3 && (tries === 0 || subscriber.ledger.balance().lost > 0); tries++)
  await next(unbroken(2000));

const { accepted, received, duplicates, told, lost, outOfOrder, foreign } = subscriber.ledger.balance();
const kinds = [...connections].map(([kind, times]) => `${kind} ${times}`).join(", ");
const { live: atOnce, replayed, recovered, notRecovered } = subscriber;
console.log(
  [
    `connections ${proxy.connections.length} (broken by: ${kinds})`,
    `subscriptions recovered ${recovered}, not ${notRecovered}`,
    `publications accepted ${accepted}, received ${received} (live ${atOnce}, replayed ${replayed})`,
    `duplicates ${duplicates}, told lost ${told}, lost ${lost}, out of order ${outOfOrder}, foreign ${foreign}`,
  ].join("; "),
);
// Far less is published to a topic in the time between than its history holds, so nothing may be told lost either.
process.exit(told + lost + outOfOrder + foreign > 0 || replayed === 0 ? 1 : 0);
