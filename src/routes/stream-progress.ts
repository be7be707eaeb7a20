import type { Position } from "../hub/broker.ts";
import type { Since } from "../protocol/client-message.ts";
import { isPattern, matches } from "../protocol/topic.ts";
import { writeId } from "./stream-id.ts";
import { StreamPosition } from "./stream-position.ts";

/** How far a stream has come, kept as its publications go out. */
export class StreamProgress {
  /** By topic and pattern, where it can be told. */
  readonly #positions = new Map<string, StreamPosition>();
  /** Topics of which it cannot be told yet: the next publication says it. */
  readonly #unknown = new Set<string>();
  #epoch = "";
  #id: string | undefined;

  /** Begins a topic or pattern there. */
  begin(selector: string, since: Since | undefined): void {
    this.end(selector);
    if (since) this.#enter(since.epoch);
    if (since) this.#positions.set(selector, new StreamPosition(selector, since));
    else if (!isPattern(selector)) this.#unknown.add(selector);
  }

  /** Forgets a topic or pattern that is over. */
  end(selector: string): void {
    this.#id = undefined;
    this.#positions.delete(selector);
    this.#unknown.delete(selector);
  }

  /** Goes on to a publication. */
  advance(topic: string, position: Position): void {
    this.#id = undefined;
    this.#enter(position.epoch);
    if (this.#unknown.delete(topic)) this.#positions.set(topic, new StreamPosition(topic, position));
    for (const [selector, held] of this.#positions)
      if (matches(selector, topic)) held.advance(topic, position);
  }

  /** The id of the event at which it stands. */
  get id(): string {
    if (this.#id !== undefined) return this.#id;
    const { id, leftOut } = writeId(this.#epoch, this.#positions.values());
    // Positions only grow: what has no room now would be measured at each publication to come.
    for (const selector of leftOut) this.#forget(selector);
    this.#id = id;
    return id;
  }

  /** Positions of another epoch say nothing any more. */
  #enter(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const selector of [...this.#positions.keys()]) this.#forget(selector);
  }

  #forget(selector: string): void {
    this.#positions.delete(selector);
    if (!isPattern(selector)) this.#unknown.add(selector);
  }
}
