import { compactJson } from "./format.ts";
import { Ring } from "./ring.ts";

/** Most entries that a feed shows. */
export const FEED_SIZE = 500;

/** A message as the feed has it. */
export interface FeedMessage {
  kind: "message";
  time: number;
  /** Missing in what was sent past all topics without one. */
  topic: string | undefined;
  type: string;
  data: unknown;
  isDirect: boolean;
}

/** Something to be told between messages: that some may be missing (`break`), or anything else (`remark`). */
export interface FeedNote {
  kind: "break" | "remark";
  text: string;
}

export type FeedEntry = FeedMessage | FeedNote;

/** Which messages a feed shows. */
export type Matcher = (message: FeedMessage) => boolean;

/**
 * What has come and is not shown yet, and the newest of what has come at all. Bounded, however fast it comes and however
 * long nobody looks.
 */
export class FeedBuffer {
  #recent = new Ring<FeedEntry>(FEED_SIZE);
  #pending = new Ring<FeedEntry>(FEED_SIZE);
  #matches: Matcher = () => true;

  /** How many wait to be shown. */
  get waiting(): number {
    return this.#pending.pushed;
  }

  add(entry: FeedEntry): void {
    this.#recent.push(entry);
    if (this.#isShown(entry)) this.#pending.push(entry);
  }

  /** The newest of what waits, oldest first, and how many more there were that nobody will see. */
  take(most = FEED_SIZE): { entries: FeedEntry[]; skipped: number } {
    const { pushed } = this.#pending;
    const entries = this.#pending.take().slice(-most);
    return { entries, skipped: pushed - entries.length };
  }

  /** Shows others from now on; what is to be shown of the newest is what now waits. */
  filter(matches: Matcher): void {
    this.#matches = matches;
    this.#pending.take();
    for (const entry of this.#recent.toArray()) if (this.#isShown(entry)) this.#pending.push(entry);
  }

  clear(): void {
    this.#recent.take();
    this.#pending.take();
  }

  #isShown(entry: FeedEntry): boolean {
    return entry.kind !== "message" || this.#matches(entry);
  }
}

// They have views of their own, and would drown everything else.
const NOISY = new Set(["resource_update", "log_update"]);

/**
 * Which messages a text selects: those that have each of its words in topic, type or data, and none of those after `-`.
 * @param withNoisy With samples and lines of logs.
 */
export function matcherOf(text: string, withNoisy: boolean): Matcher {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const without = words.flatMap((word) => (word.length > 1 && word.startsWith("-") ? [word.slice(1)] : []));
  const wanted = words.filter((word) => !word.startsWith("-"));
  return (message) => {
    if (!withNoisy && NOISY.has(message.type)) return false;
    if (words.length === 0) return true;
    const text = `${message.topic ?? ""} ${message.type} ${compactJson(message.data, 2000)}`.toLowerCase();
    return wanted.every((word) => text.includes(word)) && !without.some((word) => text.includes(word));
  };
}
