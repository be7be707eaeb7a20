import type { Context } from "hono";
import { PAGE_ENTRIES, type Page, type PageQuery } from "../hub/page.ts";
import type { Cursors } from "./cursor.ts";
import { type ErrorResponse, errorResponse } from "./errors.ts";
import { excerpt, readQuery } from "./query.ts";

/** How a typed client calls a list. */
export type PageInput = { in: { query: { limit?: string; cursor?: string } } };

/** Lists change while they are read: no cache may keep a page. */
export const NO_STORE: Record<string, string> = { "Cache-Control": "no-store" };

/** A page as it is answered: with what the next one is asked for, or null at the end. */
export interface AnsweredPage<Entry> {
  entries: Entry[];
  cursor: string | null;
}

/**
 * Reads the page of a list that a request asks for.
 * @param list What the list is; a cursor of another one is refused.
 */
export async function readPage<Entry>(
  c: Context,
  cursors: Cursors,
  list: string,
  read: (query: PageQuery) => Promise<Page<Entry>>,
): Promise<AnsweredPage<Entry> | ErrorResponse<400>> {
  const invalid = (message: string) => errorResponse(c, 400, "invalid_message", message);
  const query = readQuery(c, ["limit", "cursor"]);
  if (query instanceof Response) return query;
  const { limit, cursor } = query;
  if (limit !== undefined && !isLimit(limit))
    return invalid(`'limit' takes a whole number from 1 to ${PAGE_ENTRIES}, got '${excerpt(limit)}'`);
  const after = cursor === undefined ? undefined : await cursors.read(list, cursor);
  if (cursor !== undefined && after === undefined)
    return invalid("'cursor' takes the cursor that came with the page before, of this list");
  const { entries, next } = await read({ after, limit: limit === undefined ? undefined : Number(limit) });
  return { entries, cursor: next === undefined ? null : await cursors.write(list, next) };
}

function isLimit(text: string): boolean {
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= PAGE_ENTRIES;
}
