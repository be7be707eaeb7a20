import * as v from "valibot";
import { isRecord } from "./json.ts";

const encoder = new TextEncoder();
const bytes = (value: string) => encoder.encode(value).length;

/** Types of publications that only the server may use. PROTOCOL.md, Publications. */
const RESERVED_TYPES = ["welcome", "reconnect", "unsubscribed", "gap"];
/** Most entries in one list of topics: it bounds the reply. */
export const LIST_ENTRIES = 1000;

const text = v.string("a string");
const wholeNumber = v.pipe(
  v.number("a whole number"),
  v.safeInteger("a whole number"),
  v.minValue(0, "0 or more"),
);

/** What a client gives to match a reply with its request. */
export const MessageId = v.union(
  [
    v.pipe(
      v.string(),
      v.check((id) => bytes(id) <= 64),
    ),
    v.pipe(v.number(), v.finite()),
  ],
  "a string of at most 64 bytes or a number",
);
export type MessageId = v.InferOutput<typeof MessageId>;

/** A publisher's own type: 1 to 64 bytes, and none of the server's. */
export const PublicationType = v.pipe(
  text,
  v.check((type) => type !== "" && bytes(type) <= 64, "1 to 64 bytes of UTF-8"),
  v.check(
    (type) => !type.startsWith("_") && !RESERVED_TYPES.includes(type),
    "a type that is not reserved for the server",
  ),
);

/** What a publisher marks a request with, so that it may be sent again. PROTOCOL.md, Idempotency keys. */
export const IdempotencyKey = v.pipe(text, v.regex(/^.{1,128}$/su, "1 to 128 characters"));

const InTopic = v.strictObject({ epoch: text, offset: wholeNumber });
// Not a record: valibot leaves out names such as `constructor`, which are topics as well.
const Offsets = v.custom<Record<string, number>>(
  (input) =>
    isRecord(input) &&
    Object.values(input).every((offset) => Number.isSafeInteger(offset) && Number(offset) >= 0),
  "an object of whole numbers by topic",
);
const InPattern = v.strictObject({ epoch: text, floor: wholeNumber, offsets: Offsets });
const InNothing = v.custom<never>(() => false, "{epoch, offset}, or {epoch, floor, offsets} for a pattern");
// Not a union: of what is wrong inside, that would name nothing.
/** Where a reader stopped: what a resume starts from. PROTOCOL.md, Positions. */
export const Since = v.lazy<typeof InTopic | typeof InPattern | typeof InNothing>((input) => {
  if (!isRecord(input)) return InNothing;
  return "floor" in input || "offsets" in input ? InPattern : InTopic;
});
export type Since = Position | PatternPosition;

/** A place in a topic's history. PROTOCOL.md, Positions. */
export interface Position {
  epoch: string;
  offset: number;
}

/** A place in the histories of all topics that a pattern selects. PROTOCOL.md, Positions. */
export interface PatternPosition {
  epoch: string;
  floor: number;
  offsets: Record<string, number>;
}

/** How many publications of a history are asked for at once. */
export const HISTORY_ENTRIES = 1000;
export const HistoryLimit = v.pipe(
  wholeNumber,
  v.maxValue(HISTORY_ENTRIES, `a whole number from 0 to ${HISTORY_ENTRIES}`),
);

const Name = v.string("a topic or {topic, since}");
const NameAndSince = v.strictObject({ topic: text, since: v.optional(Since) });
const Entry = v.lazy<typeof Name | typeof NameAndSince>((input) => (isRecord(input) ? NameAndSince : Name));
const Topics = v.pipe(
  v.array(Entry, "a list"),
  v.minLength(1, "at least one entry"),
  v.maxLength(LIST_ENTRIES, `at most ${LIST_ENTRIES} entries`),
);

const id = v.optional(MessageId);
const request = <A extends string, E extends v.ObjectEntries>(action: A, entries: E) =>
  v.strictObject({ action: v.literal(action), id, ...entries });

const selection = { topic: v.optional(text), topics: v.optional(Topics), since: v.optional(Since) };

/** What a publisher gives, over a WebSocket or HTTP. */
export const PublishEntries = {
  topic: text,
  data: v.unknown(),
  type: v.optional(PublicationType),
};

/** One schema an action. PROTOCOL.md, Requests. */
export const RequestSchemas = {
  subscribe: request("subscribe", selection),
  unsubscribe: request("unsubscribe", selection),
  publish: request("publish", { ...PublishEntries, idempotency_key: v.optional(IdempotencyKey) }),
  authenticate: request("authenticate", { token: v.optional(text) }),
  presence: request("presence", { topic: text }),
  history: request("history", { topic: text, limit: v.optional(HistoryLimit), since: v.optional(InTopic) }),
  ping: request("ping", {}),
};
export type Action = keyof typeof RequestSchemas;

type RequestOf<A extends Action> = v.InferOutput<(typeof RequestSchemas)[A]>;

/** One topic or pattern that a client names, and where it wants to go on from. */
export interface Selection {
  topic: string;
  since?: Since | undefined;
}

/** `subscribe` or `unsubscribe`, its two forms made one. */
export interface SelectionRequest {
  action: "subscribe" | "unsubscribe";
  id?: MessageId | undefined;
  selections: Selection[];
  /** True where the client sent `topics`, and so is answered with a list. */
  isList: boolean;
}

/** A decoded message of a client. */
export type ClientMessage =
  | SelectionRequest
  | RequestOf<"publish">
  | RequestOf<"authenticate">
  | RequestOf<"presence">
  | RequestOf<"history">
  | RequestOf<"ping">;

/** True for the name of an action that the protocol knows. */
export function isAction(name: string): name is Action {
  return Object.hasOwn(RequestSchemas, name);
}
