import type { Envelope, Kept } from "../hub/broker.ts";
import type { Frame } from "../hub/frame.ts";

/** What a publication takes beside its characters: objects, slots, headers of strings (scripts/bench/history.ts). */
const OVERHEAD_BYTES = 256;
/** Engines hold a text in one byte a character, or all of it in two because of one such as these. */
const WIDE = /[\u0100-\uffff]/;

/** A publication in its history. */
export class KeptPublication implements Kept {
  readonly topic: string;
  readonly type: string;
  readonly json: string;
  readonly time: number;
  readonly offset: number;
  readonly order: number;
  frame: Frame | undefined = undefined;
  readonly #expiresAt: number;
  readonly #bytes: number;

  /**
   * @param topic Its name as the history has it: that of the envelope may be a copy, one a publication.
   * @param expiresAt Milliseconds on the store's clock.
   */
  constructor(
    topic: string,
    { type, json, time }: Envelope,
    offset: number,
    order: number,
    expiresAt: number,
  ) {
    this.topic = topic;
    this.type = type;
    this.json = json;
    this.time = time;
    this.offset = offset;
    this.order = order;
    this.#expiresAt = expiresAt;
    // Twice: a frame's text is made of them for whoever reads it, and lives as long.
    const width = WIDE.test(json) || WIDE.test(type) || WIDE.test(topic) ? 2 : 1;
    this.#bytes = 2 * width * (json.length + type.length + topic.length) + OVERHEAD_BYTES;
  }

  /** What it counts for in `kept_bytes`: rather too much than too little. */
  get bytes(): number {
    return this.#bytes;
  }

  hasExpired(now: number): boolean {
    return this.#expiresAt <= now;
  }
}
