import type { Envelope, Extent, Kept } from "../hub/broker.ts";
import type { HistoryRule } from "../hub/topic-rules.ts";
import { KeptPublication } from "./kept-publication.ts";
import { Ring } from "./ring.ts";

/** What a topic takes beside its publications: objects, and its place in maps and lists (scripts/bench/history.ts). */
export const KEPT_TOPIC_BYTES = 1024;

/** The history of one topic. */
export class KeptTopic {
  readonly name: string;
  readonly rule: HistoryRule;
  /** Its neighbours on its shelf. */
  before: KeptTopic | undefined;
  after: KeptTopic | undefined;
  readonly #publications = new Ring<KeptPublication>();
  readonly #held: { bytes: number };
  #last: number;
  #order = 0;
  #expiresAt = 0;

  /**
   * @param last The offset before its first one.
   * @param held Counts what it takes, with others.
   */
  constructor(name: string, rule: HistoryRule, last: number, held: { bytes: number }) {
    this.name = name;
    this.rule = rule;
    this.#last = last;
    this.#held = held;
    held.bytes += KEPT_TOPIC_BYTES;
  }

  /** Offset of the newest publication, kept or not. */
  get last(): number {
    return this.#last;
  }

  /** The order of that one. */
  get order(): number {
    return this.#order;
  }

  /** When it expires, and with it everything here. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  keep(envelope: Envelope, order: number, now: number): void {
    this.#last += 1;
    this.#order = order;
    this.#expiresAt = now + this.rule.ttl_s * 1000;
    const kept = new KeptPublication(this.name, envelope, this.#last, order, this.#expiresAt);
    this.#publications.push(kept);
    this.#held.bytes += kept.bytes;
    if (this.#publications.size > this.rule.size) this.dropOldest();
    this.#dropExpired(now);
  }

  extent(now: number): Extent {
    this.#dropExpired(now);
    return { first: this.#first, last: this.#last };
  }

  /** Up to `limit` publications from an offset on, which its extent MUST reach. */
  read(from: number, limit: number): Kept[] {
    return this.#publications.slice(from - this.#first, limit);
  }

  /** False where there is none. */
  dropOldest(): boolean {
    const dropped = this.#publications.shift();
    if (dropped) this.#held.bytes -= dropped.bytes;
    return dropped !== undefined;
  }

  dropAll(): void {
    while (this.dropOldest());
  }

  /** Takes nothing any more. */
  evicted(): void {
    this.dropAll();
    this.#held.bytes -= KEPT_TOPIC_BYTES;
  }

  get #first(): number {
    return this.#last - this.#publications.size + 1;
  }

  #dropExpired(now: number): void {
    while (this.#publications.first?.hasExpired(now)) this.dropOldest();
  }
}
