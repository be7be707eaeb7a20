import {
  type BrokerSettings,
  type Envelope,
  type Extent,
  type History,
  type HistoryQuery,
  LOCATED_TOPICS,
  type Standing,
} from "../../../src/hub/broker.ts";
import type { HistoryRule } from "../../../src/hub/topic-rules.ts";
import { matches } from "../../../src/protocol/topic.ts";

/** A publication as the model has it. */
export interface Item extends Envelope {
  offset: number;
  order: number;
  expiresAt: number;
}

interface ModelTopic {
  name: string;
  rule: HistoryRule;
  last: number;
  expiresAt: number;
  items: Item[];
}

/** How much a publication and a topic count for in `keptBytes`. */
export interface Sizes {
  item(envelope: Envelope): number;
  topic: number;
}

/** What a store is to answer, found by looking at everything. */
export class Model {
  /** Those published to longest ago first. */
  #topics: ModelTopic[] = [];
  readonly #settings: BrokerSettings;
  readonly #sizes: Sizes;
  #floor = 0;
  #order = 0;

  constructor(settings: BrokerSettings, sizes: Sizes) {
    this.#settings = settings;
    this.#sizes = sizes;
  }

  publish(envelope: Envelope): number | undefined {
    const { topic: name } = envelope;
    const rule = this.#settings.historyOf(name);
    if (!rule) return undefined;
    const topic = this.#find(name) ?? { name, rule, last: this.#floor, expiresAt: 0, items: [] };
    topic.last += 1;
    topic.expiresAt = this.#settings.clock.elapsed() + rule.ttl_s * 1000;
    this.#order += 1;
    topic.items.push({ ...envelope, offset: topic.last, order: this.#order, expiresAt: topic.expiresAt });
    topic.items = this.#readable(topic).slice(-rule.size);
    this.#topics = [...this.#topics.filter((other) => other !== topic), topic];
    if (this.#isOverfull())
      for (const other of this.#topics)
        if (other.expiresAt <= this.#settings.clock.elapsed()) other.items = [];
    while (this.#isOverfull() && this.#topics.length > 1)
      this.#floor = Math.max(this.#floor, this.#topics.shift()?.last ?? 0);
    while (this.#isOverfull() && topic.items.length > 0) topic.items.shift();
    return topic.last;
  }

  history(name: string, { limit = 100, since }: HistoryQuery, epoch: string): History | undefined {
    if (!this.#settings.historyOf(name)) return undefined;
    const topic = this.#find(name);
    const items = topic ? this.#readable(topic) : [];
    if (topic) topic.items = items;
    const { first, last } = this.#extentOf(topic);
    const publications = (found: Item[]) => found.map(({ expiresAt: _, ...kept }) => kept);
    const newest = limit === 0 ? [] : items.slice(-limit);
    if (!since) return { epoch, offset: last, publications: publications(newest) };
    const recovered = since.epoch === epoch && since.offset >= first - 1 && since.offset <= last;
    const missed = items.filter(({ offset }) => recovered && offset > since.offset).slice(0, limit);
    return { epoch, offset: last, recovered, publications: publications(missed) };
  }

  locate(selector: string, epoch: string): Standing {
    const found = this.#topics.filter(({ name }) => matches(selector, name));
    const standing = { epoch, floor: this.#floor };
    if (found.length > LOCATED_TOPICS) return { ...standing, topics: undefined };
    for (const topic of found) topic.items = this.#readable(topic);
    return { ...standing, topics: new Map(found.map((topic) => [topic.name, this.#extentOf(topic)])) };
  }

  #extentOf(topic: ModelTopic | undefined): Extent {
    const last = topic?.last ?? this.#floor;
    return { first: topic?.items[0]?.offset ?? last + 1, last };
  }

  #find(name: string): ModelTopic | undefined {
    return this.#topics.find((topic) => topic.name === name);
  }

  #readable({ items }: ModelTopic): Item[] {
    return items.filter(({ expiresAt }) => expiresAt > this.#settings.clock.elapsed());
  }

  #isOverfull(): boolean {
    const { keptTopics, keptBytes } = this.#settings;
    const items = this.#topics.flatMap((topic) => topic.items);
    const bytes = items.reduce(
      (sum, item) => sum + this.#sizes.item(item),
      this.#topics.length * this.#sizes.topic,
    );
    return this.#topics.length > keptTopics || bytes > keptBytes;
  }
}
