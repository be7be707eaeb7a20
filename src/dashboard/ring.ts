/** The newest so many of what is pushed. */
export class Ring<T> {
  readonly #size: number;
  #items: T[] = [];
  #next = 0;
  #pushed = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** How many it holds. */
  get length(): number {
    return this.#items.length;
  }

  /** How many were ever pushed, those that are gone included. */
  get pushed(): number {
    return this.#pushed;
  }

  push(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#size;
    this.#pushed++;
  }

  /** Oldest first. */
  toArray(): T[] {
    if (this.#items.length < this.#size) return [...this.#items];
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }

  /** Empties it, and gives what it held, oldest first. */
  take(): T[] {
    const items = this.toArray();
    this.#items = [];
    this.#next = 0;
    this.#pushed = 0;
    return items;
  }
}
