import type { Envelope, Position } from "./broker.ts";
import type { Connection } from "./connection.ts";
import type { Frame } from "./frame.ts";
import { Publication } from "./publication.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { TopicRules } from "./topic-rules.ts";

interface DeliveryEvents {
  /** A connection could not take a publication. */
  tooSlow(connection: Connection): void;
  /** A listener threw or rejected, or a transport threw. */
  failed(error: unknown): void;
}

/**
 * Brings publications to those who asked for them, one at a time: what a listener publishes while it
 * receives comes after what is being delivered, for everyone.
 */
export class Delivery {
  readonly #subscriptions: Subscriptions;
  readonly #rules: TopicRules;
  readonly #events: DeliveryEvents;
  readonly #queue: (() => void)[] = [];
  #isRunning = false;
  #delivered = 0;

  constructor(subscriptions: Subscriptions, rules: TopicRules, events: DeliveryEvents) {
    this.#subscriptions = subscriptions;
    this.#rules = rules;
    this.#events = events;
  }

  /** Delivers to whoever is subscribed to the topic. */
  deliver(envelope: Envelope, position?: Position): void {
    this.#run(() => {
      const publication = new Publication(envelope, position, this.#rules.isLatest(envelope.topic));
      this.#toConnections(publication);
      this.#toListeners(publication);
    });
  }

  /** Delivers to these connections, whatever they are subscribed to. */
  direct(connections: readonly Connection[], frame: Frame): void {
    this.#run(() => this.#sendAll(connections, frame));
  }

  /** Calls `fn`; whatever is published meanwhile is delivered once it has returned. */
  holdDuring(fn: () => void): void {
    const isNested = this.#isRunning;
    this.#isRunning = true;
    try {
      fn();
    } finally {
      if (!isNested) this.#drain();
    }
  }

  #run(job: () => void): void {
    this.#queue.push(job);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#drain();
  }

  #drain(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#attempt(next);
    this.#isRunning = false;
  }

  #toConnections(publication: Publication): void {
    const number = ++this.#delivered;
    const due: Connection[] = [];
    for (const set of this.#subscriptions.connections.matching(publication.topic))
      for (const connection of set) {
        if (connection.lastDelivered === number) continue;
        connection.lastDelivered = number;
        if (!connection.withholds(publication)) due.push(connection);
      }
    if (due.length > 0) this.#sendAll(due, publication.frame);
  }

  // Takes a list of its own: a connection closed as too slow changes the sets.
  #sendAll(connections: readonly Connection[], frame: Frame): void {
    for (const connection of connections)
      if (connection.isOpen && !connection.outbox.publication(frame)) this.#events.tooSlow(connection);
  }

  #toListeners(publication: Publication): void {
    const { listeners, observers } = this.#subscriptions;
    for (const index of [listeners, observers])
      for (const set of index.matching(publication.topic))
        for (const listener of [...set]) if (set.has(listener)) this.#attempt(() => listener(publication));
  }

  // What throws here (a listener, or a transport that breaks its contract) must not end all delivery.
  #attempt(call: () => unknown): void {
    try {
      const result = call();
      if (result instanceof Promise) result.catch((error) => this.#events.failed(error));
    } catch (error) {
      this.#events.failed(error);
    }
  }
}
