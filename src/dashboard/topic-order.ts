import type { TopicLine } from "./topic-book.ts";

export const SORTS = ["topic", "rate", "total", "subscribers", "seen"] as const;
export type Sort = (typeof SORTS)[number];

export interface Order {
  sort: Sort;
  isAscending: boolean;
}

/** True for a name to sort by. */
export function isSort(name: string | undefined): name is Sort {
  return SORTS.some((sort) => sort === name);
}

/** What a press on a column's head makes of an order: the other way round, or that column as one wants it first. */
export function pressed(order: Order, sort: Sort): Order {
  if (order.sort === sort) return { sort, isAscending: !order.isAscending };
  return { sort, isAscending: sort === "topic" };
}

/** Lines in order, those alike by the names of their topics. */
export function ordered(
  lines: readonly TopicLine[],
  { sort, isAscending }: Order,
  atMs: number,
): TopicLine[] {
  const direction = isAscending ? 1 : -1;
  const keyed = lines.map((line) => ({ line, key: keyOf(line, sort, atMs) }));
  keyed.sort((a, b) => {
    const byName = a.line.topic < b.line.topic ? -1 : 1;
    return sort === "topic" ? byName * direction : (a.key - b.key) * direction || byName;
  });
  return keyed.map(({ line }) => line);
}

function keyOf(line: TopicLine, sort: Sort, atMs: number): number {
  // By the whole minute, so that rows do not change places with every message.
  if (sort === "rate") return line.rate.series(atMs).reduce((sum, count) => sum + count, 0);
  if (sort === "total") return line.total;
  if (sort === "subscribers") return line.subscribers ?? -1;
  return line.seenAt ?? -1;
}
