import type { Position, Since } from "../protocol/client-message.ts";
import { isPattern, matches } from "../protocol/topic.ts";
import type { Extent, Standing } from "./broker.ts";
import type { TopicRules } from "./topic-rules.ts";

/** What the reply to `subscribe` says of positions; the names are those of the wire. PROTOCOL.md, Positions. */
export interface Subscribed {
  epoch?: string;
  /** Of a topic: that of its newest publication. */
  offset?: number;
  /** Of a pattern, with what was kept of it at that moment. */
  floor?: number;
  offsets?: Record<string, number>;
  /** In place of those, where they are too many. */
  resumable?: false;
  /** True where it selects topics without history, too. */
  partial?: true;
  /** Where there was a `since`: true where all that was missed follows. */
  recovered?: boolean;
}

/** The part of a topic's history that a subscriber is to be sent. */
export interface Missed {
  /** It begins after this offset, */
  after: number;
  /** and ends with this one. */
  last: number;
  /** True where only the newest matters. */
  isCurrent: boolean;
}

/** The part that is to be sent where two are: what one of them leaves out, the other may have promised. */
export function union(a: Missed, b: Missed): Missed {
  const last = Math.max(a.last, b.last);
  // All from somewhere on holds the newest as well.
  if (a.isCurrent !== b.isCurrent) return { ...(a.isCurrent ? b : a), last };
  const after = a.isCurrent ? Math.max(a.after, b.after) : Math.min(a.after, b.after);
  return { after, last, isCurrent: a.isCurrent };
}

/** What becomes of one subscription. */
export interface Resumption {
  fields: Subscribed;
  missed: ReadonlyMap<string, Missed>;
  /** Bytes that its `offsets` take in the reply. */
  size: number;
}

const NOTHING: ReadonlyMap<string, Missed> = new Map();

/** Decides what a subscriber is told, and sent, of topics without history. */
export function withoutHistory(since: Since | undefined): Resumption {
  return { fields: since === undefined ? {} : { recovered: false }, missed: NOTHING, size: 0 };
}

/** The same, where nothing can be sent of what was missed. */
export function withoutReplay({ fields, size }: Resumption): Resumption {
  const lost = fields.recovered === undefined ? {} : { recovered: false };
  return { fields: { ...fields, ...lost }, missed: NOTHING, size };
}

/**
 * Decides what a subscriber is told, and sent, where topics stand so.
 * @param room How many bytes the positions of a pattern may take.
 */
export function resumption(
  selector: string,
  since: Since | undefined,
  standing: Standing,
  rules: TopicRules,
  room: number,
): Resumption {
  const { epoch, floor, topics } = standing;
  const partial = rules.coverageOf(selector) === "some" ? ({ partial: true } as const) : {};
  if (!topics) {
    const lost = since === undefined ? {} : { recovered: false };
    return { fields: { resumable: false, ...partial, ...lost }, missed: NOTHING, size: 0 };
  }
  const found = since && missedSince(selector, since, standing, topics);
  const recovered = since === undefined ? {} : { recovered: found !== undefined };
  // Current values in any case: whoever was told of an offset may have been cut off before the value came.
  const missed = new Map([...currentOf(topics, rules), ...(found ?? [])]);
  if (!isPattern(selector)) {
    const offset = topics.get(selector)?.last ?? floor;
    return { fields: { epoch, offset, ...recovered }, missed, size: 0 };
  }
  const offsets = Object.fromEntries([...topics].map(([topic, { last }]) => [topic, last]));
  const size = new TextEncoder().encode(JSON.stringify(offsets)).length;
  if (size > room) return { fields: { resumable: false, ...partial, ...recovered }, missed, size: 0 };
  return { fields: { epoch, floor, offsets, ...partial, ...recovered }, missed, size };
}

/** What was missed since then; undefined where that cannot be told. */
function missedSince(
  selector: string,
  since: Since,
  { epoch, floor }: Standing,
  topics: ReadonlyMap<string, Extent>,
): Map<string, Missed> | undefined {
  if (since.epoch !== epoch) return undefined;
  const starts = startsOf(selector, since, floor, topics);
  const missed = new Map<string, Missed>();
  for (const [topic, after] of starts ?? []) {
    // One that is not kept stands at the floor: it may have been forgotten with all it had.
    const { first, last } = topics.get(topic) ?? { first: floor + 1, last: floor };
    if (after < first - 1 || after > last) return undefined;
    if (after < last) missed.set(topic, { after, last, isCurrent: false });
  }
  return starts && missed;
}

/** After which offset each topic is to go on; undefined where the floor has risen. */
function startsOf(
  selector: string,
  since: Since,
  floor: number,
  topics: ReadonlyMap<string, Extent>,
): Map<string, number> | undefined {
  if (isOfTopic(since)) return new Map([[selector, since.offset]]);
  if (since.floor !== floor) return undefined;
  const known = Object.entries(since.offsets).filter(([topic]) => matches(selector, topic));
  // One that it did not know came since: it began right after the floor.
  return new Map([...[...topics.keys()].map((topic): [string, number] => [topic, floor]), ...known]);
}

function isOfTopic(since: Since): since is Position {
  return "offset" in since;
}

/** The current values among the topics: those of which only one publication is kept. */
function currentOf(topics: ReadonlyMap<string, Extent>, rules: TopicRules): Map<string, Missed> {
  const current = new Map<string, Missed>();
  for (const [topic, { first, last }] of topics)
    if (first <= last && rules.historyOf(topic)?.size === 1)
      current.set(topic, { after: last - 1, last, isCurrent: true });
  return current;
}
