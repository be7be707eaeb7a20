import { matches } from "./pattern.ts";

export interface Balance {
  accepted: number;
  /** Publications that came, each once. */
  received: number;
  duplicates: number;
  /** Those that came after a later one of their topic. */
  outOfOrder: number;
  /** Came and were accepted by nobody, or are other ones than those accepted under that offset. */
  foreign: number;
  /** Never came, and the server had said so. */
  told: number;
  /** Never came. */
  lost: number;
}

/** Compares what a client received of topics with history with what the server had accepted for them, in one epoch. */
export class Ledger {
  readonly #accepted = new Map<string, Map<number, unknown>>();
  readonly #received = new Map<string, Map<number, unknown>>();
  readonly #newest = new Map<string, number>();
  readonly #lostUpTo = new Map<string, number>();
  readonly #skipped = new Map<string, Set<number>>();
  #duplicates = 0;
  #outOfOrder = 0;

  accepted(topic: string, offset: number, data: unknown): void {
    entriesOf(this.#accepted, topic).set(offset, data);
  }

  /** True where it had not come before. */
  received(topic: string, offset: number, data: unknown): boolean {
    const entries = entriesOf(this.#received, topic);
    if (entries.has(offset)) {
      this.#duplicates++;
      return false;
    }
    entries.set(offset, data);
    const newest = this.#newest.get(topic) ?? 0;
    if (offset < newest) this.#outOfOrder++;
    this.#newest.set(topic, Math.max(newest, offset));
    return true;
  }

  /** The server said that what was missed of a subscription does not come. `offsets` is where its topics stand. */
  toldLost(name: string, offsets: Readonly<Record<string, number>>): void {
    // A topic that the reply does not name is no longer kept.
    for (const [topic, entries] of this.#accepted)
      if (matches(name, topic)) this.#lostUpTo.set(topic, Math.max(0, ...entries.keys()));
    // Of some that it names it may be known only later that they were accepted.
    for (const [topic, offset] of Object.entries(offsets)) this.#lostUpTo.set(topic, offset);
  }

  /** The server said that so many publications before the one at `offset` do not come. */
  toldSkipped(topic: string, offset: number, skipped: number): void {
    const offsets = this.#skipped.get(topic) ?? new Set();
    this.#skipped.set(topic, offsets);
    for (let back = 1; back <= skipped; back++) offsets.add(offset - back);
  }

  balance(): Balance {
    const balance = { accepted: 0, received: 0, foreign: 0, told: 0, lost: 0 };
    for (const [topic, entries] of this.#accepted) {
      balance.accepted += entries.size;
      for (const offset of entries.keys()) {
        if (this.#received.get(topic)?.has(offset)) continue;
        const isTold = offset <= (this.#lostUpTo.get(topic) ?? 0) || this.#skipped.get(topic)?.has(offset);
        if (isTold) balance.told++;
        else balance.lost++;
      }
    }
    for (const [topic, entries] of this.#received) {
      balance.received += entries.size;
      for (const [offset, data] of entries) {
        const accepted = this.#accepted.get(topic);
        if (!accepted?.has(offset) || accepted.get(offset) !== data) balance.foreign++;
      }
    }
    return { ...balance, duplicates: this.#duplicates, outOfOrder: this.#outOfOrder };
  }
}

function entriesOf(all: Map<string, Map<number, unknown>>, topic: string): Map<number, unknown> {
  const entries = all.get(topic) ?? new Map<number, unknown>();
  all.set(topic, entries);
  return entries;
}
