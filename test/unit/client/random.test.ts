import { expect, test } from "bun:test";
import type { Subscribed, TopicClient } from "../../../src/client/index.ts";
import { Counts } from "../../support/counts.ts";
import { Random } from "../../support/random.ts";
import { token } from "../../support/token.ts";
import { Ledger, Reader } from "./reader.ts";
import { type Scene, scene } from "./setup.ts";

// With `SEED` and `RUNS` it goes other ways, and further.
const [SEED, RUNS, STEPS] = [Number(process.env.SEED ?? 20_261_130), Number(process.env.RUNS ?? 20), 100];
const TOPICS = ["kept:a", "kept:b", "kept:c", "level:a", "unkept:a"];
const SELECTORS = ["kept:a", "kept:a", ...TOPICS, "kept:*", "*"];
const RULES = [
  { match: "kept:*", history: { size: 6, ttl_s: 3600 } },
  { match: "level:*", history: { size: 1, ttl_s: 3600 } },
];

/** How often each must have happened, a run. */
const LEAST = { taken: 20, "recovered true": 4, "recovered false": 3, "by websocket": 0.2, "by sse": 0.2 };

/** One client, whoever follows by it, and what befalls its connections. */
class World {
  readonly random: Random;
  readonly counts: Counts;
  readonly scene: Scene;
  readonly client: TopicClient;
  readonly ledger = new Ledger();
  readonly readers = new Set<Reader>();
  #isEnding = false;

  constructor(random: Random, counts: Counts, shared: Scene, client: TopicClient) {
    this.random = random;
    this.counts = counts;
    this.scene = shared;
    this.client = client;
  }

  async publish(topic: string): Promise<void> {
    const number = this.ledger.next(topic);
    const { epoch } = await this.scene.hub.publish(topic, number);
    if (epoch) this.ledger.epoch = epoch;
  }

  follow(): void {
    const { random, ledger } = this;
    const selector = random.of(SELECTORS);
    const at = ledger.count(selector) - random.below(4);
    const isFrom = selector.startsWith("kept:") && !selector.endsWith("*") && ledger.epoch && at >= 0;
    const start = isFrom && random.below(2) === 0 ? at : undefined;
    const since = start === undefined ? undefined : { epoch: ledger.epoch, offset: start };
    const reader = new Reader(selector, ledger, start);
    const told = (subscribed: Subscribed) => {
      this.counts.add(`recovered ${subscribed.recovered}`);
      reader.confirmed(subscribed);
    };
    const take = ({ topic, data }: { topic: string; data: unknown }) => {
      this.counts.add("taken");
      reader.take(topic, Number(data));
      if (this.#isEnding) return;
      // As applications do: what is told makes them act.
      if (random.below(40) === 0) this.leave();
      if (random.below(40) === 0) this.follow();
    };
    const options = { since, onSubscribed: told, onEnded: (error: Error) => reader.fail(error) };
    reader.subscription = this.client.subscribe(selector, take, options);
    this.readers.add(reader);
  }

  leave(): void {
    if (this.readers.size === 0) return;
    const reader = this.random.of([...this.readers]);
    this.readers.delete(reader);
    reader.leave();
  }

  async step(): Promise<void> {
    const { random, client } = this;
    const { network, clock, hub } = this.scene;
    const what = random.below(24);
    if (what < 6 || what > 21)
      for (let left = random.of([1, 2, 3, 9]); left > 0; left--) await this.publish(random.of(TOPICS));
    else if (what < 9) this.follow();
    else if (what < 11) this.leave();
    else if (what === 11) network.cut();
    else if (what === 12) network.stall();
    else if (what === 13) network.resume();
    else if (what === 14) network.vanish();
    else if (what === 15) network.down();
    else if (what === 16 || what === 20) network.up();
    else if (what === 17 || what === 21) client.reconnect();
    else if (what === 18)
      for (const one of hub.connections()) hub.revoke(one, random.of(SELECTORS), "position_lost");
    else clock.advance(random.of([10, 500, 2000, 40_000]));
    for (let left = random.of([1, 5, 30, 60]); left > 0; left--) await Promise.resolve();
    if (random.below(3) === 0) await clock.advanceAsync(random.of([0, 1, 500]));
  }

  /** Everybody comes to rest, and must have what is published after that. */
  async end(): Promise<void> {
    const { network, clock } = this.scene;
    this.#isEnding = true;
    network.up();
    network.resume();
    for (let left = 12; left > 0; left--) await clock.advanceAsync(6000);
    for (const topic of TOPICS) await this.publish(topic);
    for (let turn = 0; turn < 8; turn++) await clock.advanceAsync(1);
    for (const reader of this.readers) reader.mustHaveAll(TOPICS);
  }
}

async function run(seed: number, counts: Counts): Promise<void> {
  const random = new Random(seed);
  const { random: platform } = Math;
  Math.random = () => random.below(2 ** 30) / 2 ** 30;
  try {
    const shared = scene({ topics: RULES }, { limits: { connections_per_user: 100, subscriptions: 500 } });
    const transport = random.of(["websocket", "sse"] as const);
    const client = await shared.start({ token: await token(), transport });
    client.on("error", () => {});
    const world = new World(random, counts, shared, client);
    for (let step = 0; step < STEPS && world.ledger.faults.length === 0; step++) await world.step();
    await world.end();
    expect(world.ledger.faults).toEqual([]);
    counts.add(`by ${transport}`);
    client.close();
    await shared.hub.close();
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  } finally {
    Math.random = platform;
  }
}

test(
  `${RUNS} runs: each has each publication once, in order, and is told where one may be missing`,
  async () => {
    const counts = new Counts();
    for (let seed = SEED; seed < SEED + RUNS; seed++) await run(seed, counts);
    // It says nothing where nothing of the kind happens.
    for (const [what, least] of Object.entries(LEAST))
      expect([what, counts.of(what) > least * RUNS]).toEqual([what, true]);
  },
  60_000 + RUNS * 1000,
);
