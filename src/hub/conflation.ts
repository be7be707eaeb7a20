import type { Frame } from "./frame.ts";

/** What waits for a reader of one topic. */
export interface Waiting {
  topic: string;
  /** The newest. */
  frame: Frame;
  /** How many were left out before it. */
  skipped: number;
}

/** The newest of each topic that a reader was too slow for. */
export class Conflation {
  /** By topic, in the order in which the newest ones came. */
  readonly #waiting = new Map<string, Waiting>();
  #size = 0;

  /** Keeps a publication in the place of the one before it. */
  add(topic: string, frame: Frame): void {
    const before = this.take(topic);
    this.#waiting.set(topic, { topic, frame, skipped: before ? before.skipped + 1 : 0 });
    this.#size += frame.text.length;
  }

  has(topic: string): boolean {
    return this.#waiting.has(topic);
  }

  /** Takes what waits of one topic. */
  take(topic: string): Waiting | undefined {
    const found = this.#waiting.get(topic);
    if (!found) return undefined;
    this.#waiting.delete(topic);
    this.#size -= found.frame.text.length;
    return found;
  }

  /** Takes what has waited the longest. */
  shift(): Waiting | undefined {
    for (const topic of this.#waiting.keys()) return this.take(topic);
    return undefined;
  }

  /** Forgets the topics that this is false for. */
  retain(isWanted: (topic: string) => boolean): void {
    for (const topic of this.#waiting.keys()) if (!isWanted(topic)) this.take(topic);
  }

  /** Characters that wait: near enough to the bytes that they take. */
  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }
}
