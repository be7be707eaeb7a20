/**
 * Items that come at the end and go at the front. It takes no slots before it needs them, and gives them back: at
 * most half of them are empty.
 */
export class Ring<T extends object> {
  #slots: (T | undefined)[] = [];
  #start = 0;

  get size(): number {
    return this.#slots.length - this.#start;
  }

  get first(): T | undefined {
    return this.#slots[this.#start];
  }

  push(item: T): void {
    this.#slots.push(item);
  }

  /** Takes the first one off. */
  shift(): T | undefined {
    const { first } = this;
    if (!first) return undefined;
    this.#slots[this.#start] = undefined;
    this.#start += 1;
    if (this.#start * 2 < this.#slots.length) return first;
    // A copy has the slots that it needs; `splice` would keep those of the longest time.
    this.#slots = this.#slots.slice(this.#start);
    this.#start = 0;
    return first;
  }

  /** Up to `count` items from the one at `index`, 0 being the first. */
  slice(index: number, count: number): T[] {
    const from = this.#start + index;
    return this.#slots.slice(from, from + count).filter((item) => item !== undefined);
  }
}
