import { memoryBroker } from "../../../src/broker/memory.ts";
import type { Broker, BrokerSettings, Envelope, Position, Standing } from "../../../src/hub/broker.ts";
import type { HistoryRule } from "../../../src/hub/topic-rules.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

/** By the letter that a topic begins with; no other topic keeps a history. */
export const RULES: Readonly<Record<string, HistoryRule>> = {
  a: { size: 5, ttl_s: 60 },
  b: { size: 1, ttl_s: 10 },
  c: { size: 100, ttl_s: 600 },
  d: { size: 3, ttl_s: 60 },
};

/** A broker with its sink, on a clock that stands still. */
export function newBroker(settings: Partial<BrokerSettings> = {}) {
  const delivered: [Envelope, Position | undefined][] = [];
  const clock = new ManualClock();
  const sink = { deliver: (it: Envelope, position?: Position) => void delivered.push([it, position]) };
  const broker = memoryBroker()(sink, {
    clock,
    historyOf: (topic) => RULES[topic.charAt(0)],
    keptTopics: 1000,
    keptBytes: 2 ** 28,
    ...settings,
  });
  return { broker, delivered, clock, sink };
}

export function envelope(topic: string, json = "1"): Envelope {
  return { topic, type: "message", json, time: 7 };
}

/** Publishes them one after another; gives the offsets. */
export function publish(broker: Broker, ...published: (string | [topic: string, json: string])[]) {
  return published.map((it) => {
    const [topic, json] = typeof it === "string" ? [it] : it;
    return settled(broker.publish(envelope(topic, json)))?.offset;
  });
}

/** The offsets that can be read, and what the answer has besides. */
export function read(broker: Broker, topic: string, query = {}) {
  const history = settled(broker.history(topic, query));
  if (!history) return undefined;
  const { publications, epoch, ...more } = history;
  return { ...more, offsets: publications.map(({ offset }) => offset) };
}

/** Where the broker says that they stand: [first, last] a topic. */
export function locate(broker: Broker, ...selectors: string[]) {
  return standings(broker, selectors).map(({ floor, topics }) => ({
    floor,
    topics: topics && Object.fromEntries([...topics].map(([name, { first, last }]) => [name, [first, last]])),
  }));
}

export function standings(broker: Broker, selectors: readonly string[]): readonly Standing[] {
  const found: (readonly Standing[])[] = [];
  void broker.locate(selectors, (it) => void found.push(it));
  const [first, ...more] = found;
  if (!first || more.length > 0)
    throw new Error(`locate told of them ${found.length} times before it returned`);
  return first;
}

/** What a broker of one process answers: at once, and no promise. */
export function settled<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) throw new Error("The memory broker answered with a promise");
  return answer;
}
