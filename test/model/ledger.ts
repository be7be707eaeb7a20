import type { Envelope, Position, Standing } from "../../src/hub/broker.ts";
import { encodePublication } from "../../src/protocol/server-message.ts";
import type { TestMessage } from "../../src/testing/message.ts";
import { disagree } from "./disagreement.ts";

const NUMBER = /"number":(\d+)/;

/** A publication that was accepted. */
export interface Entry {
  /** What tells it from all others. */
  number: number;
  topic: string;
  offset: number | undefined;
  /** As it goes over the wire, */
  text: string;
  /** and what of that a client looks at. */
  message: TestMessage;
  /** Its place among all, */
  index: number;
  /** and among those of its topic. */
  at: number;
}

/** Everything that was ever accepted, in its order: what is delivered is measured by this. */
export class Ledger {
  readonly #all: Entry[] = [];
  readonly #byNumber = new Map<number, Entry>();
  readonly #byTopic = new Map<string, Entry[]>();
  readonly #delivered = new Map<string, number>();
  #deliveries = 0;
  /** That of the store. */
  readonly epoch: string = "epoch";
  /** What the broker last told, by selector. */
  standings: ReadonlyMap<string, Standing> = new Map();
  /** Up to which offset the history of a topic is known to be gone; without end where a read failed. */
  readonly #gone = new Map<string, number>();

  accept({ topic, type, json, time }: Envelope, position: Position | undefined): void {
    const number = Number(NUMBER.exec(json)?.[1]);
    if (this.#byNumber.has(number)) disagree(`${number} was accepted twice`);
    const of = this.#byTopic.get(topic) ?? [];
    const offset = position?.offset;
    const text = encodePublication({ topic, type, json, time, offset });
    const message = { type, topic, offset, time };
    const entry = { number, topic, offset, text, message, index: this.#all.length, at: of.length };
    of.push(entry);
    this.#byTopic.set(topic, of);
    this.#all.push(entry);
    this.#byNumber.set(number, entry);
  }

  /** Notes that everyone who is to have this one has it. */
  delivered(topic: string, offset: number | undefined): void {
    const { next } = this;
    if (next?.topic !== topic || next.offset !== offset)
      disagree(`${topic}#${offset} was delivered, and ${next?.topic}#${next?.offset} was next`);
    this.#deliveries++;
    this.#delivered.set(next.topic, next.at + 1);
  }

  /** What is being delivered, or is the next to be. */
  get next(): Entry | undefined {
    return this.#all[this.#deliveries];
  }

  numbered(number: number): Entry | undefined {
    return this.#byNumber.get(number);
  }

  written(text: string): Entry | undefined {
    const entry = this.numbered(Number(NUMBER.exec(text.slice(0, 100))?.[1]));
    return entry?.text === text ? entry : undefined;
  }

  /** All of a topic. */
  of(topic: string): readonly Entry[] {
    return this.#byTopic.get(topic) ?? [];
  }

  /** How many of a topic were delivered. */
  deliveredOf(topic: string): number {
    return this.#delivered.get(topic) ?? 0;
  }

  /** How many of a topic whoever is at this offset has. */
  upTo(topic: string, position: number): number {
    const of = this.of(topic);
    const after = of.findIndex(({ offset = 0 }) => offset > position);
    return after < 0 ? of.length : after;
  }

  gone(topic: string, offset: number): void {
    this.#gone.set(topic, Math.max(offset, this.#gone.get(topic) ?? 0));
  }

  /** True where what comes after the first `count` of a topic cannot all be read. */
  isGone(topic: string, count: number): boolean {
    const gone = this.#gone.get(topic);
    return gone !== undefined && (this.of(topic)[count - 1]?.offset ?? 0) <= gone;
  }

  get size(): number {
    return this.#all.length;
  }
}
