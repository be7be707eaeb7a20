import { isPattern } from "../support/pattern.ts";

/** What JSON holds by name. */
export type Fields = Record<string, unknown>;

const DEPTH = 32;
const TAKES: Record<string, readonly string[]> = {
  subscribe: ["topic", "topics", "since"],
  unsubscribe: ["topic", "topics"],
  publish: ["topic", "data", "type", "idempotency_key"],
  authenticate: ["token"],
  presence: ["topic"],
  history: ["topic", "limit", "since"],
  ping: [],
};

export const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const bytes = (text: string) => Buffer.byteLength(text);
export const isId = (id: unknown) => (typeof id === "string" ? bytes(id) <= 64 : Number.isFinite(id));
const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;

/** True where brackets nest deeper than the server takes, in a text that may be no JSON. */
export function isDeeper(text: string): boolean {
  let depth = 0;
  // Strings, whole or not, have no brackets that count.
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > DEPTH) return true;
  }
  return false;
}

/** What a text holds; undefined where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a message is answered with an error before its topics are looked at. PROTOCOL.md, Refusals, rules 7 to 11. */
export function faultOf(value: Fields): string | undefined {
  const { action, topic, topics, since, id } = value;
  if (id !== undefined && !isId(id)) return "invalid_message";
  if (action === undefined) return "missing_field";
  if (typeof action !== "string") return "invalid_message";
  if (!Object.hasOwn(TAKES, action)) return "unknown_action";
  const takes = TAKES[action] ?? [];
  const isSelection = takes.includes("topics");
  if (takes.includes("topic") && topic === undefined && !(isSelection && topics !== undefined))
    return "missing_field";
  if (Object.keys(value).some((name) => name !== "action" && name !== "id" && !takes.includes(name)))
    return "invalid_message";
  const isWell =
    isTextOrNone(topic) &&
    isTextOrNone(value.token) &&
    (action !== "publish" || (Object.hasOwn(value, "data") && isType(value.type))) &&
    (value.idempotency_key === undefined || isKey(value.idempotency_key)) &&
    (value.limit === undefined || (isWhole(value.limit) && Number(value.limit) <= 1000)) &&
    (since === undefined || isSince(since, action === "history" ? "" : String(topic))) &&
    (topics === undefined || (topic === undefined && since === undefined && isList(topics, action)));
  return isWell ? undefined : "invalid_message";
}

const isTextOrNone = (value: unknown) => value === undefined || typeof value === "string";
const isKey = (key: unknown) => typeof key === "string" && key !== "" && [...key].length <= 128;
const isType = (type: unknown) =>
  type === undefined ||
  (typeof type === "string" &&
    type !== "" &&
    bytes(type) <= 64 &&
    !/^(_.*|welcome|reconnect|unsubscribed|gap)$/s.test(type));

function isSince(since: unknown, selector: string): boolean {
  if (!isRecord(since) || typeof since.epoch !== "string") return false;
  const { offset, floor, offsets } = since;
  if (!isPattern(selector)) return Object.keys(since).length === 2 && isWhole(offset);
  const isWell = isWhole(floor) && isRecord(offsets) && Object.values(offsets).every(isWhole);
  return isWell && Object.keys(since).length === 3;
}

function isList(topics: unknown, action: string): boolean {
  if (!Array.isArray(topics) || topics.length === 0 || topics.length > 1000) return false;
  return topics.every((entry: unknown) => {
    if (typeof entry === "string") return true;
    if (!isRecord(entry) || typeof entry.topic !== "string") return false;
    const { topic, since, ...others } = entry;
    if (Object.keys(others).length > 0) return false;
    return since === undefined || (action === "subscribe" && isSince(since, topic));
  });
}
