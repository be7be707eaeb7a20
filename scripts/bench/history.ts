// What histories cost: processor time of a publish with and without one, and of looking up a pattern, as the store grows;
// then the memory of full stores beside what they count in kept_bytes, each in a process of its own.
//   bun scripts/bench/history.ts        node scripts/bench/history.ts (from Node 22.18 on)
import { spawnSync } from "node:child_process";
import { memoryBroker } from "../../src/broker/memory.ts";
import type { Broker } from "../../src/hub/broker.ts";
import { systemClock } from "../../src/hub/clock.ts";

const ROUNDS = 5;
const SIZES = [1_000, 100_000];
const KEPT_BYTES = 2 ** 26;

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
  located("locate a pattern of 1 topic", (at) => `kept:${990 + (at % 10)}*`);
  for (const [name, cells] of rows) console.log(name.padEnd(48) + cells.join(""));
}

/** What a full store holds: topics, publications a topic, characters a publication, and which. */
const FILLS: Record<string, [topics: number, size: number, length: number, character: string]> = {
  "many topics of 1, 20 bytes": [1_000_000, 1, 10, "x"],
  "many topics of 1, 200 bytes": [1_000_000, 1, 180, "x"],
  "1000 topics, 20 bytes": [1000, 1_000_000, 10, "x"],
  "1000 topics, 200 bytes": [1000, 1_000_000, 180, "x"],
  "1000 topics, 200 wide characters": [1000, 1_000_000, 180, "☃"],
  "10 topics, 60 KB": [10, 1_000_000, 60_000, "x"],
};

/** Fills a store three times over, and prints how much larger the process is, a byte counted. */
function fill(name: string, withTexts: boolean): void {
  const [topics, size, length, character] = FILLS[name] ?? [1, 1, 1, "x"];
  const rss = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss;
  };
  const before = rss();
  const broker = newBroker(size, KEPT_BYTES);
  const texts = new WeakMap<object, string>();
  const width = character === "x" ? 1 : 2;
  const times = (3 * KEPT_BYTES) / (2 * width * length + 256 + (size === 1 ? 1024 : 0));
  for (let at = 0; at < times; at++) {
    const topic = `kept:${at % topics}`;
    publish(broker, topic, JSON.stringify({ at, text: character.repeat(length) }));
    if (!withTexts) continue;
    const history = broker.history(topic, { limit: 1 });
    const newest = history && "publications" in history ? history.publications[0] : undefined;
    // As a frame does: one flat text with the JSON in it.
    if (newest) texts.set(newest, JSON.stringify({ type: newest.type, topic, data: newest.json }));
  }
  const grown = [process.memoryUsage().rss, rss()].map((bytes) => ((bytes - before) / KEPT_BYTES).toFixed(2));
  console.log(grown.join(" / "));
  void broker.close();
}

const [mode = "", name = ""] = process.argv.slice(2);
if (mode !== "") fill(name, mode === "texts");
else {
  costs();
  console.log(
    `\n${"RSS a byte of kept_bytes, full / after GC:".padEnd(48)}${"alone".padStart(16)}${"with texts".padStart(16)}`,
  );
  for (const name of Object.keys(FILLS)) {
    const cells = ["alone", "texts"].map((mode) => {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ["--expose-gc", import.meta.filename, mode, name],
        {
          encoding: "utf8",
        },
      );
      return (stdout.trim() || stderr).padStart(16);
    });
    console.log(name.padEnd(48) + cells.join(""));
  }
}
process.exit(0);
