import type { Clock } from "../hub/clock.ts";
import type { KeptTopic } from "./kept-topic.ts";
import { Shelf } from "./shelf.ts";

// Timers hold their delay in 31 bits; who looks once more than needed loses nothing.
const LONGEST_MS = 3_600_000;
// What has expired is not read: freeing it can wait for more of its kind.
const SHORTEST_MS = 1000;

/** Which topic is next to lose its publications or its place; frees what has expired, by one timer for all. */
export class Expiry {
  readonly #clock: Clock;
  /** By how long they keep, in seconds. There are as many as rules with different times, at most. */
  readonly #shelves = new Map<number, Shelf>();
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancelWake = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that have passed: who puts the clock forward takes nothing of a history. */
  now(): number {
    return this.#clock.elapsed();
  }

  /** Notes that the topic was published to just now. */
  published(topic: KeptTopic): void {
    this.#shelfOf(topic).moveToEnd(topic);
    if (topic.expiresAt < this.#wakesAt) this.#wakeAt(topic.expiresAt);
  }

  remove(topic: KeptTopic): void {
    this.#shelfOf(topic).remove(topic);
  }

  /** The topic published to longest ago. */
  longestAgo(): KeptTopic | undefined {
    let found: KeptTopic | undefined;
    for (const { first } of this.#shelves.values())
      if (first && (!found || first.order < found.order)) found = first;
    return found;
  }

  /** Frees the publications of topics of which all have expired. */
  expire(): void {
    const now = this.now();
    for (const shelf of this.#shelves.values()) shelf.expire(now);
  }

  close(): void {
    this.#cancelWake();
  }

  #wakeAt(time: number): void {
    this.#cancelWake();
    this.#wakesAt = time;
    if (time === Number.POSITIVE_INFINITY) return;
    const ms = Math.min(Math.max(time - this.now(), SHORTEST_MS), LONGEST_MS);
    const wake = () => {
      this.expire();
      this.#wakeAt(Math.min(...[...this.#shelves.values()].map(({ expiresAt }) => expiresAt)));
    };
    this.#cancelWake = this.#clock.after(ms, wake, true);
  }

  #shelfOf({ rule: { ttl_s } }: KeptTopic): Shelf {
    const found = this.#shelves.get(ttl_s) ?? new Shelf();
    this.#shelves.set(ttl_s, found);
    return found;
  }
}
