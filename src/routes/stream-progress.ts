import type { Position } from "../hub/broker.ts";
import type { Since } from "../protocol/client-message.ts";
import { isPattern, matches } from "../protocol/topic.ts";
import { writeId } from "./stream-id.ts";

/** How far a stream has come, kept as its publications go out. */
export class StreamProgress {
  /** By topic and pattern; undefined where it cannot be told. */
  readonly #positions = new Map<string, Since | undefined>();
  #epoch = "";
  #id: string | undefined;

  /** Begins a topic or pattern there. */
  begin(selector: string, since: Since | undefined): void {
    this.#id = undefined;
    if (since) this.#enter(since.epoch);
    this.#positions.set(selector, since);
  }

  /** Forgets a topic or pattern that is over. */
  end(selector: string): void {
    this.#id = undefined;
    this.#positions.delete(selector);
  }

  /** Goes on to a publication. */
  advance(topic: string, { epoch, offset }: Position): void {
    this.#id = undefined;
    this.#enter(epoch);
    for (const [selector, since] of this.#positions) {
      if (!matches(selector, topic)) continue;
      if (!isPattern(selector)) this.#positions.set(selector, { epoch, offset });
      else if (since && "offsets" in since)
        this.#positions.set(selector, { ...since, offsets: { ...since.offsets, [topic]: offset } });
    }
  }

  /** The id of the event at which it stands. */
  get id(): string {
    if (this.#id !== undefined) return this.#id;
    const { id, leftOut } = writeId(this.#epoch, this.#positions);
    // Positions only grow: what has no room now would be measured at each publication to come.
    for (const selector of leftOut) this.#positions.set(selector, undefined);
    this.#id = id;
    return id;
  }

  /** Positions of another epoch say nothing any more. */
  #enter(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const selector of this.#positions.keys()) this.#positions.set(selector, undefined);
  }
}
