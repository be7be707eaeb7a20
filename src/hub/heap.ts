/** A binary heap: what comes first by `isBefore` is at hand, whatever the order in which things were added. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swap(at, parent)) return;
      at = parent;
    }
  }

  /** Takes the first one away. */
  shift(): T | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return first;
    this.#items[0] = last;
    this.#sink();
    return first;
  }

  /** Takes those away that this is false for. */
  retain(isWanted: (item: T) => boolean): void {
    for (const item of this.#items.splice(0)) if (isWanted(item)) this.add(item);
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#isSmaller(right, left) ? right : left;
      if (!this.#swap(child, at)) return;
      at = child;
    }
  }

  /** Exchanges two where the lower one comes first. */
  #swap(lower: number, upper: number): boolean {
    const [below, above] = [this.#items[lower], this.#items[upper]];
    if (below === undefined || above === undefined || !this.#isBefore(below, above)) return false;
    this.#items[lower] = above;
    this.#items[upper] = below;
    return true;
  }

  #isSmaller(a: number, b: number): boolean {
    const [first, second] = [this.#items[a], this.#items[b]];
    return first !== undefined && second !== undefined && this.#isBefore(first, second);
  }
}
