import { KeptPublication } from "../../src/broker/kept-publication.ts";
import { KEPT_TOPIC_BYTES } from "../../src/broker/kept-topic.ts";
import { memoryBroker } from "../../src/broker/memory.ts";
import type {
  BrokerFactory,
  Envelope,
  History,
  HistoryQuery,
  Position,
  Standing,
} from "../../src/hub/broker.ts";
import type { Random } from "../support/random.ts";
import { Model as Store } from "../unit/broker/model.ts";
import { disagree } from "./disagreement.ts";
import type { Ledger } from "./ledger.ts";
import type { Profile } from "./profile.ts";

const sizes = new WeakMap<Envelope, number>();

function sizeOf(envelope: Envelope): number {
  const size = sizes.get(envelope) ?? new KeptPublication(envelope.topic, envelope, 1, 1, 0).bytes;
  sizes.set(envelope, size);
  return size;
}

/** What a read that is made to fail says. */
export const READ_FAILURE = "This read is made to fail";

// Of one length always, so that a seed leads to the same run again.
const EPOCH = "epoch";
const told = <P extends { epoch: string }>(position: P): P => ({ ...position, epoch: EPOCH });

/** The memory broker, what it says compared with a model of it and written down; it may take its time. */
export function observedBroker(ledger: Ledger, profile: Profile, random: Random): BrokerFactory {
  const soon = <T>(call: () => T): T | Promise<T> =>
    profile.isRemote ? later(random.below(6), call) : call();
  return (sink, settings) => {
    const store = new Store(settings, { item: sizeOf, topic: KEPT_TOPIC_BYTES });
    const inner = memoryBroker()(
      {
        deliver(envelope, placed) {
          const position = placed && told(placed);
          const offset = store.publish(envelope);
          if (offset !== position?.offset)
            disagree(`${envelope.topic} got offset ${position?.offset}, and ${offset} was due`);
          ledger.accept(envelope, position);
          sink.deliver(envelope, position);
        },
      },
      settings,
    );
    const read = (topic: string, query: HistoryQuery): History | undefined => {
      if (random.below(100) < profile.failures) {
        ledger.gone(topic, Number.POSITIVE_INFINITY);
        throw new Error(READ_FAILURE);
      }
      const since = query.since?.epoch === EPOCH ? { ...query.since, epoch } : query.since;
      const found = inner.history(topic, { ...query, since }) as History | undefined;
      const expected = store.history(topic, query, EPOCH);
      if (inShort(found) !== inShort(expected))
        disagree(`${topic} has ${inShort(found)}, not ${inShort(expected)}`);
      if (query.since && !found?.recovered) ledger.gone(topic, query.since.offset);
      return found && told(found);
    };
    let epoch = "";
    inner.locate(["*"], ([standing]) => {
      epoch = standing?.epoch ?? "";
    });
    return {
      publish: (envelope) =>
        soon(() => {
          const position = inner.publish(envelope) as Position | undefined;
          return position && told(position);
        }),
      subscribe: (selector) => soon(() => inner.subscribe(selector)) as Promise<void> | void,
      unsubscribe: (selector) => inner.unsubscribe(selector),
      history: (topic, query) => soon(() => read(topic, query)),
      locate: (selectors, at) =>
        soon(() =>
          inner.locate(selectors, (found) => {
            const standings = found.map(told);
            ledger.standings = new Map(
              standings.map((standing, index) => [selectors[index] ?? "", standing]),
            );
            for (const [selector, standing] of ledger.standings) {
              const [found, expected] = [standing, store.locate(selector, EPOCH)].map(standingInShort);
              if (found !== expected) disagree(`${selector} stands at ${found}, not ${expected}`);
            }
            at(standings);
          }),
        ) as Promise<void> | void,
      close: () => inner.close(),
    };
  };
}

/** Calls it after some of what was to be done at once. */
export async function later<T>(turns: number, call: () => T): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await undefined;
  return call();
}

const inShort = (history: History | undefined) =>
  history &&
  JSON.stringify([
    history.offset,
    history.recovered,
    history.publications.map(({ offset, order }) => [offset, order]),
  ]);

const standingInShort = ({ floor, topics }: Standing) =>
  JSON.stringify([floor, [...(topics ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))]);
