import type { Message } from "../support/message.ts";
import { isPattern, matches } from "../support/pattern.ts";
import type { Grants } from "./people.ts";

/** What a connection may do and has, as its replies had it so far. */
export interface Standing {
  user: string;
  grants: Grants;
  /** What each good token of its user grants. */
  tokens: ReadonlyMap<string, Grants>;
  subscriptions: Set<string>;
}

/** What a message is to be answered with. */
export interface Verdict {
  /** `success`, or the codes of which it is one. */
  outcomes: readonly string[];
  /** What the reply repeats. */
  echo: { action?: string; topic?: string; id?: unknown };
  /** What the request asks for, where it is well-formed. */
  request?: Record<string, unknown>;
}

export const MESSAGE_BYTES = 65_536;
const DEPTH = 32;
const SUBSCRIPTIONS = 200;
const TAKES: Record<string, readonly string[]> = {
  subscribe: ["topic", "topics", "since"],
  unsubscribe: ["topic", "topics"],
  publish: ["topic", "data", "type", "idempotency_key"],
  authenticate: ["token"],
  presence: ["topic"],
  history: ["topic", "limit", "since"],
  ping: [],
};

type Fields = Record<string, unknown>;
const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const bytes = (text: string) => Buffer.byteLength(text);
const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isId = (id: unknown) => (typeof id === "string" ? bytes(id) <= 64 : Number.isFinite(id));

/** PROTOCOL.md, Refusals: rules 5 to 11, and what becomes of a request that is well-formed. */
export function verdictOf(text: string, standing: Standing): Verdict {
  if (bytes(text) > MESSAGE_BYTES) return { outcomes: ["close 1009"], echo: {} };
  if (isDeeper(text)) return { outcomes: ["invalid_message"], echo: {} };
  const value = parsed(text);
  if (!isRecord(value)) return { outcomes: ["invalid_json"], echo: {} };
  const { action, topic, id } = value;
  const echo = {
    ...(typeof action === "string" && { action }),
    ...(typeof topic === "string" && { topic }),
    ...(isId(id) && { id }),
  };
  const fault = faultOf(value);
  if (fault) return { outcomes: [fault], echo };
  return { outcomes: outcomesOf(value, standing), echo, request: value };
}

function isDeeper(text: string): boolean {
  let depth = 0;
  // Strings, whole or not, have no brackets that count.
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    if (depth > DEPTH) return true;
  }
  return false;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function faultOf(value: Fields): string | undefined {
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

const isTopic = (topic: string) =>
  /^[^\s\p{Cc}\p{Cf}\p{Cs}*]+$/u.test(topic) && bytes(topic) <= 255 && topic !== "." && topic !== "..";
const isSelector = (name: string) => name === "*" || isTopic(isPattern(name) ? name.slice(0, -1) : name);

/** True where one of the grants selects all that a topic or a pattern does. */
export function isGranted(granted: readonly string[], name: string): boolean {
  return granted.some(
    (grant) => matches(grant, isPattern(name) ? name.slice(0, -1) : name) && isWider(grant, name),
  );
}

const isWider = (grant: string, name: string) => isPattern(grant) || !isPattern(name);

function outcomesOf(value: Fields, standing: Standing): readonly string[] {
  const { action, topics } = value;
  const topic = String(value.topic);
  const { subscribe, publish } = standing.grants;
  const judged = (granted: readonly string[], otherwise: readonly string[]) => {
    if (!isTopic(topic)) return ["invalid_topic"];
    return isGranted(granted, topic) ? otherwise : ["forbidden"];
  };
  switch (action) {
    case "subscribe":
      return topics === undefined ? [subscriptionOutcome(topic, standing)] : ["success"];
    case "unsubscribe":
      return topics === undefined ? [unsubscriptionOutcome(topic)] : ["success"];
    case "publish":
      // Another connection of this user may have used the key, or be using it.
      return judged(
        publish,
        value.idempotency_key === undefined ? ["success"] : ["success", "invalid_message", "unavailable"],
      );
    case "history":
      return judged(subscribe, [/^(event|now):/.test(topic) ? "success" : "unavailable"]);
    case "presence":
      return judged(subscribe, ["success"]);
    case "authenticate":
      return [standing.tokens.has(String(value.token)) ? "success" : "unauthorized"];
    default:
      return ["success"];
  }
}

function subscriptionOutcome(name: string, { grants, subscriptions }: Standing): string {
  if (!isSelector(name)) return "invalid_topic";
  if (!isGranted(grants.subscribe, name)) return "forbidden";
  return subscriptions.has(name) || subscriptions.size < SUBSCRIPTIONS ? "success" : "limit_reached";
}

function unsubscriptionOutcome(name: string): string {
  return isSelector(name) ? "success" : "invalid_topic";
}

/** Takes what a request brought; gives what is wrong with its reply, if anything is. */
export function settle({ request }: Verdict, reply: Message, standing: Standing): string | undefined {
  if (reply.status !== "success" || request === undefined) return undefined;
  const { action, topic, topics, token } = request;
  if (action === "authenticate") {
    standing.grants = standing.tokens.get(String(token)) ?? standing.grants;
    return reply.user === standing.user ? undefined : "it signed somebody else in";
  }
  if (action !== "subscribe" && action !== "unsubscribe") return undefined;
  const entries = (Array.isArray(topics) ? topics : [{ topic, since: request.since }]).map(entryOf);
  const results = Array.isArray(topics) ? (reply.topics ?? []) : [reply];
  if (results.length !== entries.length) return "it has not one result for each entry";
  // A topic that stands in several entries is one subscription.
  const resumed = new Set(entries.filter(({ since }) => since !== undefined).map(({ topic }) => topic));
  for (const [at, { topic: name }] of entries.entries()) {
    const due = action === "subscribe" ? subscriptionOutcome(name, standing) : unsubscriptionOutcome(name);
    if (outcomeOf(results[at]) !== due) return `${due} was due for entry ${at}`;
    if (due !== "success") continue;
    standing.subscriptions[action === "subscribe" ? "add" : "delete"](name);
    const hasRecovered = typeof results[at]?.recovered === "boolean";
    if (hasRecovered !== resumed.has(name)) return `'recovered' is not where it should be in entry ${at}`;
  }
  return undefined;
}

function entryOf(entry: unknown): { topic: string; since?: unknown } {
  return isRecord(entry) ? { topic: String(entry.topic), since: entry.since } : { topic: String(entry) };
}

/** `success`, or the code of an error. */
export function outcomeOf(reply: Message | undefined): string {
  return reply?.status === "success" ? "success" : String(reply?.code);
}
