import type { Position } from "../hub/broker.ts";
import type { Since } from "../protocol/client-message.ts";
import { isPattern } from "../protocol/topic.ts";

const encoder = new TextEncoder();

/**
 * Where a stream stands in one topic or pattern, as its ids say it: `"topic":offset`, or
 * `"pattern*":[floor,{"rest":offset}]` by what follows the pattern's beginning. Kept as text: an id follows each event,
 * and of all that it says one offset is new.
 */
export class StreamPosition {
  readonly selector: string;
  readonly #floor: number | undefined;
  /** The text of each topic's part, by topic. */
  readonly #parts = new Map<string, string>();
  #text: string | undefined;
  #bytes = 0;

  constructor(selector: string, since: Since) {
    this.selector = selector;
    this.#floor = "floor" in since ? since.floor : undefined;
    if ("offsets" in since)
      for (const [topic, offset] of Object.entries(since.offsets)) this.#set(topic, offset);
    else this.#set(selector, since.offset);
  }

  /** Goes on to a publication of a topic that is selected. */
  advance(topic: string, { offset }: Pick<Position, "offset">): void {
    this.#set(topic, offset);
  }

  get text(): string {
    this.#text ??= this.#write();
    return this.#text;
  }

  /** What the text takes, in bytes. */
  get bytes(): number {
    this.#text ??= this.#write();
    return this.#bytes;
  }

  #set(topic: string, offset: number): void {
    const name = isPattern(this.selector) ? topic.slice(this.selector.length - 1) : topic;
    this.#parts.set(topic, `${JSON.stringify(name)}:${offset}`);
    this.#text = undefined;
  }

  #write(): string {
    const parts = [...this.#parts.values()].join(",");
    const text =
      this.#floor === undefined ? parts : `${JSON.stringify(this.selector)}:[${this.#floor},{${parts}}]`;
    this.#bytes = encoder.encode(text).length;
    return text;
  }
}
