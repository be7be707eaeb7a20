import { encodePublication } from "../protocol/server-message.ts";
import type { Envelope, Position } from "./broker.ts";
import type { Frame } from "./outbox.ts";

/** What is delivered: encoded at most once, whoever gets it. */
export class Publication {
  readonly topic: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Where it stands, in a topic with history. */
  readonly position: Position | undefined;
  readonly #json: string;
  #frame: Frame | undefined;

  constructor(envelope: Envelope, position: Position | undefined) {
    this.topic = envelope.topic;
    this.type = envelope.type;
    this.time = envelope.time;
    this.position = position;
    this.#json = envelope.json;
  }

  /** The data as a subscriber elsewhere would get it: what JSON made of the value published, anew each time. */
  get data(): unknown {
    return JSON.parse(this.#json);
  }

  /** The text that goes to connections. */
  get frame(): Frame {
    this.#frame ??= encodePublication({
      topic: this.topic,
      type: this.type,
      json: this.#json,
      time: this.time,
      offset: this.position?.offset,
    });
    return this.#frame;
  }
}
