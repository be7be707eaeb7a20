import { expect, test } from "bun:test";
import { KeptPublication } from "../../../src/broker/kept-publication.ts";
import { KEPT_TOPIC_BYTES } from "../../../src/broker/kept-topic.ts";
import { memoryBroker } from "../../../src/broker/memory.ts";
import type { Envelope, Kept, Position } from "../../../src/hub/broker.ts";
import type { HistoryRule } from "../../../src/hub/topic-rules.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { Random } from "../../support/random.ts";
import { Model } from "./model.ts";
import { settled, standings } from "./new-broker.ts";

// `SEED=… RUNS=… bun test ./test/unit/broker/fuzz.test.ts` goes another way, or further.
const seed = Number(process.env.SEED ?? 20_261_125);
const runs = Number(process.env.RUNS ?? 300);
const STEPS = 200;

const bytesOf = (envelope: Envelope) => new KeptPublication(envelope.topic, envelope, 1, 1, 0).bytes;

/** A position that was given out, and how much had been published to its topic by then. */
interface Seen {
  topic: string;
  position: Position;
  published: number;
}

/** One store and its model, through the same steps; throws where they differ. */
class Run {
  readonly #random: Random;
  readonly #clock = new ManualClock(1_795_376_400_000);
  readonly #settings;
  readonly #model: Model;
  readonly #delivered: [Envelope, Position | undefined][] = [];
  readonly #broker;
  readonly #epoch: string;
  /** Everything that was ever published, a topic. */
  readonly #log = new Map<string, { offset: number; json: string }[]>();
  readonly #seen: Seen[] = [];
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
    const newRule = (): HistoryRule => ({ size: random.of([1, 2, 5, 50]), ttl_s: random.of([1, 5, 60]) });
    const rules: readonly (HistoryRule | undefined)[] = [newRule(), newRule(), newRule(), undefined];
    this.#settings = {
      clock: this.#clock,
      historyOf: (topic: string) => rules[Number(topic.charAt(0))],
      keptTopics: random.of([1, 3, 8, 1000]),
      keptBytes: random.of([1, 3, 10, 1000]) * (KEPT_TOPIC_BYTES + 2000),
    };
    this.#model = new Model(this.#settings, { item: bytesOf, topic: KEPT_TOPIC_BYTES });
    const sink = {
      deliver: (it: Envelope, position?: Position) => void this.#delivered.push([it, position]),
    };
    this.#broker = memoryBroker()(sink, this.#settings);
    this.#epoch = standings(this.#broker, ["0"])[0]?.epoch ?? "";
  }

  step(): void {
    const random = this.#random;
    if (random.below(4) === 0) this.#moveClock();
    const kind = random.below(10);
    if (kind < 5) this.#publish(this.#newTopic());
    else if (kind < 8) this.#read(this.#newTopic());
    else this.#locate();
  }

  async end(): Promise<void> {
    this.#clock.advance(61_000);
    expect(this.#clock.timers).toBe(0);
    this.#publish("0");
    await this.#broker.close();
    expect(this.#clock.timers).toBe(0);
  }

  #moveClock(): void {
    const ms = this.#random.of([1, 500, 999, 1000, 4000, 30_000, 60_000]);
    const way = this.#random.below(10);
    if (way === 0) this.#clock.set(this.#clock.now() - ms * 100);
    else if (way === 1) this.#clock.set(this.#clock.now() + ms);
    else if (way === 2) this.#clock.pause(ms);
    else this.#clock.advance(ms);
  }

  #newTopic(): string {
    return `${this.#random.below(4)}:${this.#random.below(this.#random.of([2, 12]))}`;
  }

  #publish(topic: string): void {
    this.#count += 1;
    const json = String(this.#count).padEnd(this.#random.of([1, 1, 100, 1000]), this.#random.of(["0", "☃"]));
    const envelope = { topic, type: "message", json, time: this.#clock.now() };
    const position = settled(this.#broker.publish(envelope));
    expect(position?.offset).toBe(this.#model.publish(envelope));
    expect(this.#delivered.splice(0)).toEqual([[envelope, position]]);
    if (!position) return;
    const log = this.#log.get(topic) ?? [];
    expect(position.offset).toBeGreaterThan(log.at(-1)?.offset ?? 0);
    this.#log.set(topic, [...log, { offset: position.offset, json }]);
    this.#see(topic, position);
  }

  #read(topic: string): void {
    const seen = this.#random.below(3) > 0 ? this.#seenOf(topic) : undefined;
    const isGuessed = this.#random.below(2) === 0;
    const since = seen?.position ?? (isGuessed ? this.#newPosition() : undefined);
    const limit = this.#random.below(4) === 0 ? undefined : this.#random.of([0, 1, 3, 1000]);
    const history = settled(this.#broker.history(topic, { limit, since }));
    expect(history).toEqual(this.#model.history(topic, { limit, since }, this.#epoch));
    if (!history) return;
    if (seen && history.recovered) {
      // Whatever the model says: what is called recovered is all that was published since.
      const missed = this.#log.get(topic)?.slice(seen.published, seen.published + (limit ?? 100)) ?? [];
      expect(history.publications.map(({ offset, json }: Kept) => ({ offset, json }))).toEqual(missed);
    }
    this.#see(topic, { epoch: history.epoch, offset: history.offset });
  }

  #locate(): void {
    const selector = this.#random.of([this.#newTopic(), `${this.#newTopic()}*`, "*", "1:*", "3*", "1:1*"]);
    const [standing, ...more] = standings(this.#broker, [selector]);
    expect([standing, more]).toEqual([this.#model.locate(selector, this.#epoch), []]);
    for (const [topic, { last }] of standing?.topics ?? [])
      this.#see(topic, { epoch: this.#epoch, offset: last });
    const isAbsent = !selector.endsWith("*") && standing?.topics?.size === 0;
    if (isAbsent) this.#see(selector, { epoch: this.#epoch, offset: standing?.floor ?? 0 });
  }

  #see(topic: string, position: Position): void {
    this.#seen.push({ topic, position, published: this.#log.get(topic)?.length ?? 0 });
  }

  #seenOf(topic: string): Seen | undefined {
    const found = this.#seen.filter((seen) => seen.topic === topic).slice(-20);
    return found.length > 0 ? this.#random.of(found) : undefined;
  }

  #newPosition(): Position {
    const epoch = this.#random.below(5) === 0 ? "another" : this.#epoch;
    return { epoch, offset: this.#random.below(this.#random.of([3, 60])) };
  }
}

test(`${runs} runs with positions that were seen and some that were not, seed ${seed}`, async () => {
  for (let run = 0; run < runs; run++) {
    const subject = new Run(new Random(seed + run));
    let step = 0;
    try {
      for (; step < STEPS; step++) subject.step();
      await subject.end();
    } catch (cause) {
      throw new Error(`SEED=${seed + run} RUNS=1 shows it, at step ${step}`, { cause });
    }
  }
}, 120_000);
