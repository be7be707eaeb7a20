/** Most entries of a page. */
export const PAGE_ENTRIES = 1000;
/** Most bytes that the entries of a page take as JSON, so that a reply with them stays within 64 KiB. */
export const PAGE_BYTES = 61_440;

/** Which part of a list is asked for. */
export interface PageQuery {
  /** The `next` of the page before; the beginning unless given. */
  after?: string | undefined;
  /** Most entries, 1 to 1000: 100 unless given. */
  limit?: number | undefined;
}

/** A part of a list. It may be shorter than what was asked for: it ends at 60 KiB as well. */
export interface Page<Entry> {
  entries: Entry[];
  /** Where the list goes on: `after` of the next query; undefined at its end. */
  next: string | undefined;
}

const encoder = new TextEncoder();

/**
 * A page of what is kept in no order and may change between two pages. It goes by the order of the keys, so that
 * none comes twice, and none that stays is missed.
 * @param items Keys, each once, and what they stand for.
 * @throws RangeError for a limit that is none.
 */
export function page<Item, Entry>(
  items: Iterable<[key: string, item: Item]>,
  { after, limit = 100 }: PageQuery,
  entryOf: (item: Item, key: string) => Entry,
): Page<Entry> {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ENTRIES)
    throw new RangeError(`'limit' takes a whole number from 1 to ${PAGE_ENTRIES}, got ${limit}`);
  const entries: Entry[] = [];
  let last: string | undefined;
  let size = 0;
  // One more than is due, which tells whether the list goes on.
  for (const [key, item] of firstAfter(items, after, limit + 1)) {
    const entry = entryOf(item, key);
    size += encoder.encode(JSON.stringify(entry)).length + 1;
    const isFull = entries.length === limit || (entries.length > 0 && size > PAGE_BYTES);
    if (isFull) return { entries, next: last };
    entries.push(entry);
    last = key;
  }
  return { entries, next: undefined };
}

/** The first `count` of those whose key comes after `after`, in their order; it holds no more than twice as many. */
function firstAfter<Item>(
  items: Iterable<[key: string, item: Item]>,
  after: string | undefined,
  count: number,
): [key: string, item: Item][] {
  const first = () => found.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, count);
  let found: [key: string, item: Item][] = [];
  let end: string | undefined;
  for (const item of items) {
    const [key] = item;
    if (after !== undefined && key <= after) continue;
    if (end !== undefined && key > end) continue;
    if (found.push(item) < count * 2) continue;
    found = first();
    end = found.at(-1)?.[0];
  }
  return first();
}
