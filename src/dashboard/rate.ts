const SECONDS = 60;

/** How often something happens: a count for each of the last 60 seconds, whatever time there is between two calls. */
export class Rate {
  #counts = new Array<number>(SECONDS + 1).fill(0);
  #second = 0;

  /** @param atMs Time that is never put back. */
  count(atMs: number): void {
    this.#advance(atMs);
    const slot = this.#second % this.#counts.length;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** The last 60 whole seconds, oldest first. */
  series(atMs: number): number[] {
    this.#advance(atMs);
    const { length } = this.#counts;
    return Array.from(
      { length: SECONDS },
      (_, index) => this.#counts[(this.#second + 1 + index) % length] ?? 0,
    );
  }

  /** How many in a second, by the last five whole ones. */
  perSecond(atMs: number): number {
    const recent = this.series(atMs).slice(-5);
    return recent.reduce((sum, count) => sum + count, 0) / recent.length;
  }

  #advance(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    const passed = Math.min(second - this.#second, this.#counts.length);
    for (let step = 0; step < passed; step++) this.#counts[(second - step) % this.#counts.length] = 0;
    this.#second = Math.max(second, this.#second);
  }
}
