import { isPattern } from "../protocol/topic.ts";

/**
 * Who asked for what. Adding and removing cost the same however much the index holds; finding the
 * subscribers of a topic costs one look-up, and one more for each length that some pattern has.
 */
export class SubscriptionIndex<S> {
  /** Keyed by topic, and by pattern without its `*`. An emptied set is deleted. */
  readonly #topics = new Map<string, Set<S>>();
  readonly #prefixes = new Map<string, Set<S>>();
  /** How many prefixes have this length. */
  readonly #lengths = new Map<number, number>();

  /** Adds a subscriber of a topic or a pattern. */
  add(selector: string, subscriber: S): void {
    const [map, key] = this.#place(selector);
    const found = map.get(key);
    if (found) {
      found.add(subscriber);
      return;
    }
    map.set(key, new Set([subscriber]));
    if (map === this.#prefixes) this.#lengths.set(key.length, (this.#lengths.get(key.length) ?? 0) + 1);
  }

  remove(selector: string, subscriber: S): void {
    const [map, key] = this.#place(selector);
    const found = map.get(key);
    if (!found?.delete(subscriber) || found.size > 0) return;
    map.delete(key);
    if (map !== this.#prefixes) return;
    const left = (this.#lengths.get(key.length) ?? 0) - 1;
    if (left > 0) this.#lengths.set(key.length, left);
    else this.#lengths.delete(key.length);
  }

  /** True where this subscriber, or anybody, asked for exactly this topic or pattern. */
  has(selector: string, subscriber?: S): boolean {
    const [map, key] = this.#place(selector);
    const found = map.get(key);
    return subscriber === undefined ? found !== undefined : found?.has(subscriber) === true;
  }

  /** Every topic and pattern that somebody asked for, and who did. */
  *[Symbol.iterator](): Generator<[selector: string, subscribers: ReadonlySet<S>]> {
    yield* this.#topics;
    for (const [prefix, subscribers] of this.#prefixes) yield [`${prefix}*`, subscribers];
  }

  /** The sets of those who get a publication to `topic`; one subscriber may stand in several. */
  matching(topic: string): ReadonlySet<S>[] {
    const found: ReadonlySet<S>[] = [];
    const exact = this.#topics.get(topic);
    if (exact) found.push(exact);
    for (const length of this.#lengths.keys()) {
      if (length > topic.length) continue;
      const set = this.#prefixes.get(topic.slice(0, length));
      if (set) found.push(set);
    }
    return found;
  }

  /** Topics and patterns that somebody asked for. */
  get size(): number {
    return this.#topics.size + this.#prefixes.size;
  }

  #place(selector: string): [Map<string, Set<S>>, string] {
    return isPattern(selector) ? [this.#prefixes, selector.slice(0, -1)] : [this.#topics, selector];
  }
}
