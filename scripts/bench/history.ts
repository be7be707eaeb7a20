// What histories cost: processor time of a publish with and without one, and of looking up a pattern, as the store grows;
// then the memory of full stores beside what they count in kept_bytes, each in a process of its own.
//   bun scripts/bench/history.ts        node scripts/bench/history.ts (from Node 22.18 on)
import { spawnSync } from "node:child_process";
import { memoryBroker } from "../../src/broker/memory.ts";
import type { Broker } from "../../src/hub/broker.ts";
import { systemClock } from "../../src/hub/clock.ts";

const ROUNDS = 5;
const SIZES = [1_000, 100_000];
const KEPT_BYTES = 2 ** 28;

/** A broker whose topics `kept:…` keep so many publications each. */
function newBroker(size: number, keptBytes = 2 ** 32): Broker {
  const rule = { size, ttl_s: 3600 };
  const historyOf = (topic: string) => (topic.startsWith("kept:") ? rule : undefined);
  const sink = { deliver() {} };
  return memoryBroker()(sink, { clock: systemClock, historyOf, keptTopics: 1_000_000, keptBytes });
}

const data = (at: number, length: number) => JSON.stringify({ at, text: "x".repeat(length) });
const publish = (broker: Broker, topic: string, json: string) =>
  void broker.publish({ topic, type: "message", json, time: Date.now() });

/** Processor time of the process, GC included: the best of some rounds, in microseconds an operation. */
function measure(times: number, operation: (at: number) => void): string {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let at = 0; at < times; at++) operation(at);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / times);
  }
  return best.toFixed(2).padStart(12);
}

function costs(): void {
  console.log(
    `${"µs an operation, at topics:".padEnd(48)}${SIZES.map((it) => String(it).padStart(12)).join("")}`,
  );
  const rows: [name: string, cells: string[]][] = [];
  const row = (name: string, cell: (topics: number) => string) => rows.push([name, SIZES.map(cell)]);
  const [small, large] = [data(1, 150), data(1, 60_000)];
  const full = (topics: number, kept: number) => {
    const broker = newBroker(kept);
    for (let at = 0; at < topics; at++) publish(broker, `kept:${at}`, small);
    return broker;
  };
  for (const [json, length] of [
    [small, "200 bytes"],
    [large, "60 KB"],
  ] as const) {
    row(`publish ${length}, no history`, (topics) => {
      const broker = newBroker(1);
      return measure(100_000, (at) => publish(broker, `none:${(at * 7919) % topics}`, json));
    });
    for (const kept of [1, 100])
      row(`publish ${length}, history of ${kept}`, (topics) => {
        const broker = full(topics, kept);
        return measure(length === "60 KB" ? 5_000 : 100_000, (at) =>
          publish(broker, `kept:${(at * 7919) % topics}`, json),
        );
      });
  }
  row("publish to a new topic, evicting another", (topics) => {
    const broker = full(0, 1);
    let name = 0;
    for (; name < topics; name++) publish(broker, `kept:${name * 7919}`, small);
    return measure(100_000, () => publish(broker, `kept:${name++ * 7919}`, small));
  });
  const located = (name: string, pattern: (at: number) => string) =>
    row(name, (topics) => {
      const broker = full(topics, 1);
      return measure(300, (at) => void broker.locate([pattern(at)], () => {}));
    });
  located("locate a pattern of 1 topic, or of 111", (at) => `kept:99${at % 10}*`);
  for (const [name, cells] of rows) console.log(name.padEnd(48) + cells.join(""));
}

/** What fills a store: topics, publications a topic, and characters a publication. */
const FILLS: Record<string, [topics: number, size: number, length: number]> = {
  "topics of 1, 200 bytes": [10_000_000, 1, 180],
  "1000 topics, 200 bytes": [1000, 1_000_000, 180],
  "10 topics, 60 KB": [10, 1_000_000, 60_000],
};

/** Fills a store twice over, a turn for every thousand; prints what it takes for each byte that it counts. */
async function fill([topics, size, length]: [topics: number, size: number, length: number]): Promise<void> {
  const [collect, before] = [() => globalThis.gc?.(), process.memoryUsage()];
  const broker = newBroker(size, KEPT_BYTES);
  const times = (2 * KEPT_BYTES) / (2 * length + 256 + (size === 1 ? 1024 : 0));
  let rss = 0;
  for (let at = 0; at < times; at++) {
    publish(broker, `kept:${at % topics}`, data(at, length));
    if (at % 1000 > 0) continue;
    rss = Math.max(rss, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (let round = 0; round < 5; round++) collect();
  const live = process.memoryUsage().heapUsed;
  void broker.close();
  const cells = [(rss - before.rss) / KEPT_BYTES, (live - before.heapUsed) / KEPT_BYTES];
  console.log(cells.map((cell) => cell.toFixed(2).padStart(12)).join(""));
}

const [, , name = ""] = process.argv;
const found = FILLS[name];
if (found) await fill(found);
else {
  costs();
  const title = `a byte of kept_bytes, ${KEPT_BYTES / 2 ** 20} MiB full:`;
  console.log(`\n${title.padEnd(48)}${"RSS".padStart(12)}${"live".padStart(12)}`);
  for (const name of Object.keys(FILLS)) {
    const args = ["--expose-gc", import.meta.filename, name];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    console.log(name.padEnd(48) + (stdout.trimEnd() || stderr));
  }
}
process.exit(0);
