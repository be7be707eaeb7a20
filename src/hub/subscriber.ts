import type { Selection, Since } from "../protocol/client-message.ts";
import { sinceFault } from "../protocol/decode.ts";
import { isPattern } from "../protocol/topic.ts";
import type { Broker, Standing } from "./broker.ts";
import type { Connection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import { requireSelector } from "./envelope.ts";
import type { Hooks } from "./hooks.ts";
import {
  type Missed,
  type Resumption,
  resumption,
  type Subscribed,
  union,
  withoutHistory,
  withoutReplay,
} from "./resume.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { TopicRules } from "./topic-rules.ts";

/** What a subscriber is made of. */
interface SubscriberOptions {
  broker: Broker;
  subscriptions: Subscriptions;
  delivery: Delivery;
  rules: TopicRules;
  hooks: Hooks;
}

/** Topics and patterns to subscribe to. */
export type Wanted = string | readonly (string | Selection)[];
/** What became of each, by its name. */
export type Confirmed = (subscribed: ReadonlyMap<string, Subscribed>) => void;

/** Most topics that are replayed to one connection at once, which a reader may leave waiting. PROTOCOL.md, Resuming. */
export const REPLAYED_TOPICS = 4000;
/** Most bytes that the positions of patterns take in one reply, so that it stays within 64 KiB. PROTOCOL.md, Positions. */
export const POSITIONS_BYTES = 32_768;

/** Subscribes connections: at one moment for all that is wanted, and from where each was left off. */
export class Subscriber {
  readonly #options: SubscriberOptions;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  async subscribe(connection: Connection, wanted: Wanted, confirmed?: Confirmed): Promise<void> {
    const { subscriptions, delivery, hooks } = this.#options;
    const selections = selectionsOf(wanted);
    const added = await subscriptions.add(connection, [...selections.keys()], (moment) =>
      this.#locate([...selections.keys()], (standings) =>
        // Producers first, so that who has the confirmation misses nothing of theirs; what they publish comes after it.
        delivery.holdDuring(() => {
          moment();
          if (connection.isOpen) this.#confirm(connection, selections, standings, confirmed);
        }),
      ),
    );
    for (const selector of added) hooks.run((them) => them.onSubscribe?.(connection, selector));
  }

  /** The offsets of those among the topics that keep a history. */
  async offsetsOf(selectors: readonly string[]): Promise<Map<string, number>> {
    const topics = selectors.filter((selector) => !isPattern(selector));
    const offsets = new Map<string, number>();
    await this.#locate(topics, (standings) => {
      for (const [topic, { floor, topics }] of standings)
        offsets.set(topic, topics?.get(topic)?.last ?? floor);
    });
    return offsets;
  }

  /** Calls `at` where it is known where those stand that keep a history. */
  #locate(
    selectors: readonly string[],
    at: (standings: ReadonlyMap<string, Standing>) => void,
  ): Promise<void> | void {
    const { broker, rules } = this.#options;
    const kept = selectors.filter((selector) => rules.coverageOf(selector) !== "none");
    if (kept.length === 0) return at(new Map());
    return broker.locate(kept, (standings) => at(byName(kept, standings)));
  }

  #confirm(
    connection: Connection,
    selections: ReadonlyMap<string, Since | undefined>,
    standings: ReadonlyMap<string, Standing>,
    confirmed?: Confirmed,
  ): void {
    const replays = REPLAYED_TOPICS - connection.replayedTopics;
    const resumptions = this.#resumptions(selections, standings, replays);
    confirmed?.(new Map([...resumptions].map(([selector, { fields }]) => [selector, fields])));
    const missed = new Map<string, Missed>();
    for (const [topic, part] of [...resumptions.values()].flatMap((it) => [...it.missed])) {
      const other = missed.get(topic);
      missed.set(topic, other ? union(other, part) : part);
    }
    const [standing] = standings.values();
    if (standing) connection.catchUp(standing.epoch, missed);
  }

  #resumptions(
    selections: ReadonlyMap<string, Since | undefined>,
    standings: ReadonlyMap<string, Standing>,
    replays: number,
  ): Map<string, Resumption> {
    const found = new Map<string, Resumption>();
    let room = POSITIONS_BYTES;
    for (const [selector, since] of selections) {
      const standing = standings.get(selector);
      const made = standing
        ? resumption(selector, since, standing, this.#options.rules, room)
        : withoutHistory(since);
      room -= made.size;
      const isTooMuch = made.missed.size > replays;
      if (!isTooMuch) replays -= made.missed.size;
      found.set(selector, isTooMuch ? withoutReplay(made) : made);
    }
    return found;
  }
}

function selectionsOf(wanted: Wanted): Map<string, Since | undefined> {
  const selections = new Map<string, Since | undefined>();
  for (const entry of typeof wanted === "string" ? [wanted] : wanted) {
    const { topic, since } = typeof entry === "string" ? { topic: entry, since: undefined } : entry;
    requireSelector(topic);
    const fault = since && sinceFault(topic, since);
    if (fault) throw new TypeError(fault);
    selections.set(topic, since ?? selections.get(topic));
  }
  return selections;
}

function byName(selectors: readonly string[], standings: readonly Standing[]): Map<string, Standing> {
  const found = new Map<string, Standing>();
  for (const [at, selector] of selectors.entries()) {
    const standing = standings[at];
    if (standing) found.set(selector, standing);
  }
  return found;
}
