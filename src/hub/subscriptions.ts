import type { Broker } from "./broker.ts";
import type { Connection } from "./connection.ts";
import type { ErrorStage } from "./hooks.ts";
import { Interest } from "./interest.ts";
import type { Publication } from "./publication.ts";
import { SubscriptionIndex } from "./subscription-index.ts";
import { TopicActivity } from "./topic-activity.ts";

/** Receives publications in process. */
export type Listener<Received = Publication> = (publication: Received) => unknown;

/** Who is subscribed to what: both ways, towards the broker, and as the events of first and last. */
export class Subscriptions {
  readonly connections: SubscriptionIndex<Connection> = new SubscriptionIndex();
  readonly listeners: SubscriptionIndex<Listener> = new SubscriptionIndex();
  /** Listeners that do not count as subscribers. */
  readonly observers: SubscriptionIndex<Listener> = new SubscriptionIndex();
  readonly activity: TopicActivity;
  /** Of which `topicActive` was told, and not yet `topicIdle`. */
  readonly #active = new Set<string>();
  readonly #interest: Interest;
  readonly #onError: (error: unknown, stage: ErrorStage) => void;

  constructor(broker: Broker, onError: (error: unknown, stage: ErrorStage) => void) {
    this.#onError = onError;
    this.activity = new TopicActivity((error) => onError(error, "hook"));
    this.#interest = new Interest(broker, (error) => onError(error, "broker"));
  }

  /**
   * Adds those of `wanted` that the connection has not, and gives them back.
   * @param choose Called once publications of them arrive; it MUST call `moment`, which adds them all at once, when it
   *   is time for that.
   */
  async add(
    connection: Connection,
    wanted: readonly string[],
    choose: (moment: () => void) => Promise<void> | void,
  ): Promise<string[]> {
    const held = connection.subscriptions;
    // Those that it has as well: they may be ended meanwhile.
    await this.#interest.acquire(wanted);
    let added: string[] = [];
    try {
      await choose(() => {
        // The connection may have closed meanwhile, or another call may have been first.
        added = connection.isOpen ? wanted.filter((selector) => !held.has(selector)) : [];
        for (const selector of added) {
          held.add(selector);
          this.connections.add(selector, connection);
        }
        for (const selector of added) this.#follow(selector);
      });
    } finally {
      this.#interest.release(wanted.filter((selector) => !added.includes(selector)));
    }
    return added;
  }

  /** Ends those of `selectors` that the connection has, and gives them back. */
  remove(connection: Connection, selectors: readonly string[]): string[] {
    // Those of one that is gone have ended, and its list stays.
    if (!connection.isOpen) return [];
    const ended = selectors.filter((selector) => connection.subscriptions.delete(selector));
    for (const selector of ended) this.#drop(this.connections, selector, connection);
    return ended;
  }

  /** Ends all of a connection that is gone; its list stays for who wants to know what they were. */
  removeAll(connection: Connection): void {
    for (const selector of connection.subscriptions) this.#drop(this.connections, selector, connection);
  }

  /** Adds a listener; returns what ends it. */
  listen(selector: string, fn: Listener, isPassive: boolean): () => void {
    const index = isPassive ? this.observers : this.listeners;
    // A function of its own for each call, since one function may listen twice.
    const listener: Listener = (publication) => fn(publication);
    index.add(selector, listener);
    let isHeld = true;
    // Given back once, by the end or by the failure, whichever is first: a second time would be somebody else's.
    const giveBack = () => {
      if (isHeld) this.#interest.release([selector]);
      isHeld = false;
    };
    this.#interest.hold([selector]).catch((error) => {
      giveBack();
      this.#onError(error, "broker");
    });
    this.#follow(selector);
    return () => {
      if (!index.has(selector, listener)) return;
      index.remove(selector, listener);
      giveBack();
      this.#follow(selector);
    };
  }

  /** True while somebody who counts gets publications to `topic`. */
  select(topic: string): boolean {
    return this.connections.matching(topic).length > 0 || this.listeners.matching(topic).length > 0;
  }

  /** How many topics and patterns are asked for. */
  get size(): number {
    return this.#interest.size;
  }

  /** Tells that the first one came or the last one went, once each and in that order. */
  #follow(selector: string): void {
    const isWatched = this.connections.has(selector) || this.listeners.has(selector);
    if (isWatched === this.#active.has(selector)) return;
    if (isWatched) this.#active.add(selector);
    else this.#active.delete(selector);
    this.activity.emit(isWatched ? "topicActive" : "topicIdle", selector);
  }

  #drop<S>(index: SubscriptionIndex<S>, selector: string, subscriber: S): void {
    index.remove(selector, subscriber);
    this.#interest.release([selector]);
    this.#follow(selector);
  }
}
