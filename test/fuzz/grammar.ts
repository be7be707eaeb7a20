import type { Random } from "../support/random.ts";
import { isOneOf100 } from "./mutate.ts";
import { expiredToken, foreignToken, goodTokens } from "./people.ts";

/** Stands for the epoch of the server's histories, which no seed knows. */
export const EPOCH = "@epoch@";

/** Stand for the tokens of who sends it. */
export const OWN_TOKENS = ["@token 0@", "@token 1@"];

const ACTIONS = ["subscribe", "unsubscribe", "publish", "history", "presence", "authenticate", "ping"];
const TOPICS = "a a:1 a:2 b event:1 event:2 now:1 now:2 secret:1 日本:語 none".split(" ");
const PATTERNS = ["a:*", "event:*", "now:*", "secret:*", "日本:*", "event:1*", "*", "e*"];
const BAD_TOPICS = [
  ...["", ".", "..", "a b", "a*b", "**", "é".repeat(128), "x".repeat(255), "x".repeat(256), "a\u0000", "a\n"],
  ...["\u202ea", "a\u200d", "\ud800", "\ufeff", "e\u0301", "constructor", "__proto__"],
];
const VALUES: unknown[] = [
  ...[null, true, false, 0, -0, -1, 1.5, 1e308, 2 ** 53, Number.MIN_VALUE],
  ...["", "x", "é", "\ud800", "\u0000", "\u2028", "💥".repeat(16), "x".repeat(300)],
  ...[[], {}, [[[]]], { a: { b: {} } }, { length: 3 }, { toJSON: 1 }, { constructor: { prototype: 1 } }],
];
const FIELDS = [
  ...["action", "topic", "topics", "data", "id", "type", "since", "limit", "token", "idempotency_key"],
  ...["__proto__", "constructor", "toString", "toJSON", "status", "colour", ""],
];

type Fields = Record<string, unknown>;

/** A text as it arrives: UTF-8 has no lone surrogates. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

export function topicOf(random: Random): string {
  if (isOneOf100(random, 5)) return random.of(BAD_TOPICS);
  if (isOneOf100(random, 20)) return `event:${random.below(3000)}`;
  return random.of(TOPICS);
}

function selectorOf(random: Random): string {
  return isOneOf100(random, 30) ? random.of(PATTERNS) : topicOf(random);
}

export function dataOf(random: Random): unknown {
  const roll = random.below(1000);
  if (roll < 2) return "x".repeat(60_000 + random.below(6000));
  if (roll < 20) return "é".repeat(random.below(4000));
  if (roll < 40) return nested(random.below(40));
  if (roll < 400) return random.of(VALUES);
  return { number: random.below(1000), text: String.fromCharCode(random.below(65_536)) };
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = at % 2 ? [value] : { a: value };
  return value;
}

function sinceOf(random: Random, selector: string): unknown {
  const epoch = isOneOf100(random, 80) ? EPOCH : random.of(["", "x", 5, null]);
  const number = () =>
    isOneOf100(random, 95) ? random.below(400) : random.of<unknown>([-1, 1.5, "1", 2 ** 53]);
  const isPattern = selector.endsWith("*") !== isOneOf100(random, 5);
  if (!isPattern) return { epoch, offset: number() };
  const offsets = Object.fromEntries(
    Array.from({ length: random.below(4) }, () => [topicOf(random), number()]),
  );
  return { epoch, floor: number(), offsets };
}

/** A message as it should be. */
export function messageOf(random: Random): Fields {
  const action = random.of(ACTIONS);
  const message: Fields = { action };
  if (isOneOf100(random, 70))
    message.id = random.of<unknown>([random.below(1e9), "i", "é".repeat(32), 1.5, -0]);
  if (action === "subscribe" || action === "unsubscribe") select(random, message);
  else if (action !== "ping" && action !== "authenticate") message.topic = topicOf(random);
  if (action === "publish") message.data = dataOf(random);
  if (action === "publish" && isOneOf100(random, 20)) message.type = random.of(["note", "x".repeat(64), "é"]);
  if (action === "publish" && isOneOf100(random, 20)) message.idempotency_key = `key-${random.below(200)}`;
  if (action === "history" && isOneOf100(random, 50)) message.limit = random.below(100);
  if (action === "history" && isOneOf100(random, 30)) message.since = sinceOf(random, "topic");
  if (action === "authenticate" && isOneOf100(random, 90))
    message.token = isOneOf100(random, 60) ? random.of(OWN_TOKENS) : tokenOf(random);
  return message;
}

function select(random: Random, message: Fields): void {
  const isSubscribe = message.action === "subscribe";
  if (isOneOf100(random, 75)) {
    const topic = selectorOf(random);
    message.topic = topic;
    if (isSubscribe && isOneOf100(random, 30)) message.since = sinceOf(random, topic);
    return;
  }
  const length = isOneOf100(random, 2) ? 300 + random.below(800) : 1 + random.below(6);
  message.topics = Array.from({ length }, () => {
    const topic = length > 6 ? `event:${random.below(3000)}` : selectorOf(random);
    if (isOneOf100(random, 50)) return topic;
    return isSubscribe && isOneOf100(random, 50) ? { topic, since: sinceOf(random, topic) } : { topic };
  });
}

export function tokenOf(random: Random): string {
  const bad = ["", "x", "a.b.c", expiredToken, foreignToken, "x".repeat(9000)];
  return isOneOf100(random, 70) ? random.of(goodTokens.slice(0, 6)) : random.of(bad);
}

/** The text of one message: as it should be, with one or two fields spoiled, or broken as text. */
export function textOf(random: Random): string {
  const message = messageOf(random);
  const roll = random.below(100);
  if (roll < 72) return JSON.stringify(message);
  // A copy without a prototype, so that `__proto__` is a field like any other.
  const spoiled: Fields = Object.assign(Object.create(null), message);
  for (let left = 1 + random.below(2); left > 0; left--) spoil(random, spoiled);
  const text = JSON.stringify(spoiled);
  return roll < 90 ? text : broken(random, text);
}

function spoil(random: Random, message: Fields): void {
  const field = isOneOf100(random, 60) ? random.of(Object.keys(message).concat("id")) : random.of(FIELDS);
  if (isOneOf100(random, 30)) delete message[field];
  else message[field] = random.of<unknown>([...VALUES, ...BAD_TOPICS, ["a", 5], [{}], [null]]);
}

function broken(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  return random.of([
    () => text.slice(0, at),
    () => text.slice(at),
    () => `${text}${text}`,
    () => `${text.slice(0, at)}${String.fromCharCode(random.below(65_536))}${text.slice(at)}`,
    () => `${"[".repeat(random.below(200))}${text}`,
    () => `{"action":"ping","data":${"[".repeat(20_000)}`,
    () => `${text.slice(0, -1)},"id":1e999}`,
    () => `${text.slice(0, -1)},"action":"ping","action":"fly"}`,
    () => `${text}${" ".repeat(random.below(70_000))}`,
    () => ` \t\r\n${text}`,
    () => `\ufeff${text}`,
  ])();
}
