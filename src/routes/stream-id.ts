import * as v from "valibot";
import { Since } from "../protocol/client-message.ts";
import { sinceFault } from "../protocol/decode.ts";
import { isRecord } from "../protocol/json.ts";
import { isPattern } from "../protocol/topic.ts";
import { base64Url, textOf } from "./base64-url.ts";
import type { StreamPosition } from "./stream-position.ts";

/** Longest id of an event, in bytes. PROTOCOL.md, Server-Sent Events. */
export const ID_BYTES = 4096;
/** The id after which nobody is to come back; no other id is this. */
export const STOP_ID = "stop";

// Base64 makes four bytes of three.
const JSON_BYTES = (ID_BYTES / 4) * 3;
const encoder = new TextEncoder();

/** An id, and the topics and patterns for which it has no room. */
export interface WrittenId {
  id: string;
  leftOut: readonly string[];
}

/**
 * The id that stands for these positions; the first ones go in.
 * Not signed: all that it does is to choose what is sent of topics that its reader may subscribe to.
 */
export function writeId(
  epoch: string,
  positions: Iterable<Pick<StreamPosition, "selector" | "text" | "bytes">>,
): WrittenId {
  const head = `[${JSON.stringify(epoch)},{`;
  let room = JSON_BYTES - encoder.encode(`${head}}]`).length;
  // A broker may name its epochs as it likes.
  if (room < 0) return { ...writeId("", []), leftOut: [...positions].map(({ selector }) => selector) };
  const entries: string[] = [];
  const leftOut: string[] = [];
  for (const { selector, text, bytes } of positions)
    if (bytes + 1 > room) leftOut.push(selector);
    else {
      room -= bytes + 1;
      entries.push(text);
    }
  return { id: encoded(`${head}${entries.join(",")}}]`), leftOut };
}

/** Where an id says that a stream stood, by topic and pattern; nothing where it is none of `writeId`. */
export function readId(id: string): ReadonlyMap<string, Since> {
  const positions = new Map<string, Since>();
  const [epoch, entries] = parsed(id);
  if (typeof epoch !== "string" || !isRecord(entries)) return positions;
  for (const [selector, entry] of Object.entries(entries)) {
    const since = expanded(selector, epoch, entry);
    if (v.is(Since, since) && sinceFault(selector, since) === undefined) positions.set(selector, since);
  }
  return positions;
}

let last = { json: "", id: "" };

// Streams of the same topics stand alike after each publication: encoded for the first, it is ready for the others.
function encoded(json: string): string {
  if (json !== last.json) last = { json, id: base64Url(encoder.encode(json)) };
  return last.id;
}

function expanded(selector: string, epoch: string, entry: unknown): unknown {
  if (!isPattern(selector)) return { epoch, offset: entry };
  const [floor, offsets]: unknown[] = Array.isArray(entry) ? entry : [];
  const beginning = selector.slice(0, -1);
  return { epoch, floor, offsets: isRecord(offsets) && renamed(offsets, (rest) => beginning + rest) };
}

function renamed<T>(record: Readonly<Record<string, T>>, name: (key: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [name(key), value]));
}

function parsed(id: string): unknown[] {
  if (id.length > ID_BYTES) return [];
  try {
    const value: unknown = JSON.parse(textOf(id) ?? "");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
