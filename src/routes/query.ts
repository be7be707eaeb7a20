import type { Context } from "hono";
import { printable } from "../protocol/printable.ts";
import { type ErrorResponse, errorResponse } from "./errors.ts";

/** The fields of a request's query, each at most once, or the answer that says what is wrong with them. */
export function readQuery<Name extends string>(
  c: Context,
  names: readonly Name[],
): { [name in Name]?: string } | ErrorResponse<400> {
  const invalid = (message: string) => errorResponse(c, 400, "invalid_message", message);
  const query = queryOf(c);
  const known: readonly string[] = names;
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) return invalid(`Unknown field '${excerpt(unknown)}'`);
  const found: { [name in Name]?: string } = {};
  for (const name of names) {
    const [value, ...others] = query.getAll(name);
    if (others.length > 0) return invalid(`'${name}' stands once at most`);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/**
 * The query of a request. Not by the whole URL, which is none where the header `Host` is none: Deno's own server lets
 * such a request pass.
 */
export function queryOf(c: Context): URLSearchParams {
  const [, query] = /^[^?#]*\?([^#]*)/.exec(c.req.url) ?? [];
  return new URLSearchParams(query);
}

/** The beginning of what a client sent, as an error may quote it. */
export function excerpt(text: string): string {
  return printable(text.slice(0, 60));
}
