/** What happened in runs, and how often. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(what: string, by = 1): void {
    this.#counts.set(what, this.of(what) + by);
  }

  /** Adds those of other runs. */
  addAll(counts: Record<string, number>): void {
    for (const [what, count] of Object.entries(counts)) this.add(what, count);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
