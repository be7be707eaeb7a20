import type { Message } from "../support/message.ts";
import { isPattern, matches } from "../support/pattern.ts";
import type { Grants } from "./people.ts";
import { bytes, type Fields, faultOf, isDeeper, isId, isRecord, parsed } from "./well-formed.ts";

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
  request?: Fields;
}

export const MESSAGE_BYTES = 65_536;
const SUBSCRIPTIONS = 200;

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
