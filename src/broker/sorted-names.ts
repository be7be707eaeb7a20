/** Blocks are split above this, and joined where two have less than half of it. */
const BLOCK_NAMES = 1000;

/**
 * Names in the order of their code units, so that those with one beginning stand together. In blocks: what comes
 * or goes moves the names of its block, and not all after it.
 */
export class SortedNames {
  /** None is empty, but for the only one. */
  readonly #blocks: string[][] = [[]];

  /** Adds a name, which MUST NOT be there. */
  add(name: string): void {
    const [block, at] = this.#place(name);
    const names = this.#blocks[block] ?? [];
    names.splice(at, 0, name);
    if (names.length > BLOCK_NAMES) this.#blocks.splice(block + 1, 0, names.splice(BLOCK_NAMES / 2));
  }

  /** Removes a name, which MUST be there. */
  remove(name: string): void {
    const [block, at] = this.#place(name);
    this.#blocks[block]?.splice(at, 1);
    this.#join(block);
    this.#join(block - 1);
  }

  /** The names with this beginning, `most` of them at most. */
  startingWith(prefix: string, most: number): string[] {
    const found: string[] = [];
    let [block, at] = this.#place(prefix);
    for (
      let names = this.#blocks[block];
      names && found.length < most;
      names = this.#blocks[++block], at = 0
    ) {
      const isWhole = names.at(-1)?.startsWith(prefix) === true;
      const end = isWhole ? names.length : countOf(names, (name) => name < prefix || name.startsWith(prefix));
      found.push(...names.slice(at, Math.min(end, at + most - found.length)));
      if (end < names.length) break;
    }
    return found;
  }

  /** The block, and where in it a name is or belongs. */
  #place(name: string): [block: number, at: number] {
    // In the last block that begins with no later name; the first where all do.
    const after = countOf(this.#blocks, ([first]) => first !== undefined && first <= name);
    const block = Math.max(0, after - 1);
    return [block, countOf(this.#blocks[block] ?? [], (other) => other < name)];
  }

  /** Makes one block of this and the next where they are small. */
  #join(block: number): void {
    const [names, next] = [this.#blocks[block], this.#blocks[block + 1]];
    if (!names || !next) return;
    const isEitherEmpty = names.length === 0 || next.length === 0;
    if (isEitherEmpty || names.length + next.length <= BLOCK_NAMES / 2)
      this.#blocks.splice(block, 2, [...names, ...next]);
  }
}

/** How many items at the beginning are so, where none after them is. */
function countOf<T>(items: readonly T[], isSo: (item: T) => boolean): number {
  let [from, to] = [0, items.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const item = items[middle];
    if (item !== undefined && isSo(item)) from = middle + 1;
    else to = middle;
  }
  return from;
}
