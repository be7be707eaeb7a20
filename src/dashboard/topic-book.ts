import { Rate } from "./rate.ts";

/** Most topics that are remembered: past that, the one goes that was heard longest ago. */
export const BOOK_SIZE = 2000;

/** What is known of a topic by what came of it. */
export interface TopicLine {
  topic: string;
  type: string;
  rate: Rate;
  total: number;
  /** By the page's own clock, which is never put back; undefined where nothing came yet. */
  seenAt: number | undefined;
  data: unknown;
  /** How many connections are subscribed; undefined where that is not known. */
  subscribers: number | undefined;
}

/** The topics of which something came, or of which an administrator was told. */
export class TopicBook {
  #lines = new Map<string, TopicLine>();
  readonly all = new Rate();
  total = 0;

  get size(): number {
    return this.#lines.size;
  }

  heard(topic: string, type: string, data: unknown, atMs: number): void {
    this.total++;
    this.all.count(atMs);
    const line = this.#lines.get(topic) ?? newLine(topic);
    // Moved to the end, so that the first one is that of longest ago.
    this.#lines.delete(topic);
    this.#keep(line);
    line.type = type;
    line.total++;
    line.seenAt = atMs;
    line.data = data;
    line.rate.count(atMs);
  }

  get(topic: string): TopicLine | undefined {
    return this.#lines.get(topic);
  }

  lines(): TopicLine[] {
    return [...this.#lines.values()];
  }

  /** Takes how many subscribers topics have; of those that are not named it is not known. */
  setSubscribers(counts: ReadonlyMap<string, number>): void {
    for (const line of this.#lines.values()) line.subscribers = counts.get(line.topic);
    for (const [topic, subscribers] of counts) {
      if (this.#lines.size >= BOOK_SIZE) return;
      if (!this.#lines.has(topic)) this.#keep({ ...newLine(topic), subscribers });
    }
  }

  /** Of how many something came lately. */
  live(atMs: number): number {
    let live = 0;
    for (const { seenAt } of this.#lines.values()) if (seenAt !== undefined && atMs - seenAt < 60_000) live++;
    return live;
  }

  clear(): void {
    this.#lines.clear();
    this.total = 0;
  }

  #keep(line: TopicLine): void {
    if (this.#lines.size >= BOOK_SIZE) {
      const [oldest = ""] = this.#lines.keys();
      this.#lines.delete(oldest);
    }
    this.#lines.set(line.topic, line);
  }
}

function newLine(topic: string): TopicLine {
  const rate = new Rate();
  return { topic, type: "", rate, total: 0, seenAt: undefined, data: undefined, subscribers: undefined };
}
