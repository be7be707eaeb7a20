import {
  type BrokerSettings,
  type Envelope,
  type Extent,
  type History,
  type HistoryQuery,
  LOCATED_TOGETHER,
  LOCATED_TOPICS,
  type Position,
  type Standing,
} from "../hub/broker.ts";
import { isPattern } from "../protocol/topic.ts";
import { newEpoch } from "./epoch.ts";
import { Expiry } from "./expiry.ts";
import { KeptTopic } from "./kept-topic.ts";
import { SortedNames } from "./sorted-names.ts";

/** The histories of one process: bounded, and lost with it. PROTOCOL.md, Positions. */
export class HistoryStore {
  readonly #epoch = newEpoch();
  readonly #settings: BrokerSettings;
  readonly #expiry: Expiry;
  readonly #topics = new Map<string, KeptTopic>();
  /** The same topics, for patterns. */
  readonly #names = new SortedNames();
  /** What all of them take together; each adds and takes off its own. */
  readonly #held = { bytes: 0 };
  #floor = 0;
  #order = 0;

  constructor(settings: BrokerSettings) {
    this.#settings = settings;
    this.#expiry = new Expiry(settings.clock);
  }

  /** Places a publication in its topic's history; undefined where the topic keeps none. */
  keep(envelope: Envelope): Position | undefined {
    const topic = this.#topics.get(envelope.topic) ?? this.#begin(envelope.topic);
    if (!topic) return undefined;
    this.#order += 1;
    topic.keep(envelope, this.#order, this.#expiry.now());
    this.#expiry.published(topic);
    this.#makeRoom(topic);
    return { epoch: this.#epoch, offset: topic.last };
  }

  /** Reads a topic's history; undefined where the topic keeps none. */
  read(name: string, { limit = 100, since }: HistoryQuery): History | undefined {
    const topic = this.#topics.get(name);
    if (!topic && !this.#settings.historyOf(name)) return undefined;
    const { first, last } = topic?.extent(this.#expiry.now()) ?? {
      first: this.#floor + 1,
      last: this.#floor,
    };
    const position = { epoch: this.#epoch, offset: last };
    const read = (from: number) => topic?.read(from, limit) ?? [];
    if (!since) return { ...position, publications: read(Math.max(first, last - limit + 1)) };
    const isWhole = since.epoch === this.#epoch && first - 1 <= since.offset && since.offset <= last;
    return { ...position, recovered: isWhole, publications: isWhole ? read(since.offset + 1) : [] };
  }

  /** Tells where topics stand, or those of patterns. */
  locate(selectors: readonly string[]): Standing[] {
    let room = LOCATED_TOGETHER;
    return selectors.map((selector) => {
      const standing = this.#locate(selector, Math.min(LOCATED_TOPICS, room));
      if (isPattern(selector)) room -= standing.topics?.size ?? 0;
      return standing;
    });
  }

  /** Frees nothing more by itself. */
  close(): void {
    this.#expiry.close();
  }

  #locate(selector: string, most: number): Standing {
    const standing = { epoch: this.#epoch, floor: this.#floor };
    const names = isPattern(selector)
      ? this.#names.startingWith(selector.slice(0, -1), most + 1)
      : [selector];
    if (isPattern(selector) && names.length > most) return { ...standing, topics: undefined };
    const topics = new Map<string, Extent>();
    const now = this.#expiry.now();
    for (const name of names) {
      const topic = this.#topics.get(name);
      if (topic) topics.set(name, topic.extent(now));
    }
    return { ...standing, topics };
  }

  #begin(name: string): KeptTopic | undefined {
    const rule = this.#settings.historyOf(name);
    if (!rule) return undefined;
    const topic = new KeptTopic(name, rule, this.#floor, this.#held);
    this.#topics.set(name, topic);
    this.#names.add(name);
    return topic;
  }

  /** Brings the store back within its bounds, at the cost of whoever was published to longest ago. */
  #makeRoom(newest: KeptTopic): void {
    if (!this.#isOverfull()) return;
    // What nobody can read any more goes before a position does.
    this.#expiry.expire();
    while (this.#isOverfull() && this.#topics.size > 1) this.#evict(this.#expiry.longestAgo());
    while (this.#isOverfull() && newest.dropOldest());
  }

  #isOverfull(): boolean {
    const { keptTopics, keptBytes } = this.#settings;
    return this.#topics.size > keptTopics || this.#held.bytes > keptBytes;
  }

  #evict(topic: KeptTopic | undefined): void {
    if (!topic) return;
    this.#floor = Math.max(this.#floor, topic.last);
    this.#topics.delete(topic.name);
    this.#names.remove(topic.name);
    this.#expiry.remove(topic);
    topic.evicted();
  }
}
