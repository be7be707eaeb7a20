import { Ledger } from "../../test/support/ledger.ts";
import type { Message } from "../../test/support/message.ts";
import { Positions } from "../../test/support/positions.ts";

/** A client across all its connections: where it stands, and what it got. */
export class Subscriber {
  readonly positions = new Positions();
  readonly ledger = new Ledger();
  live = 0;
  replayed = 0;
  /** Subscriptions by what became of them. */
  first = 0;
  recovered = 0;
  notRecovered = 0;
  #epoch: string | undefined;
  /** Where topics stood at the reply of this connection: up to there a publication is a replayed one. */
  #standing = new Map<string, number>();
  /** What was said to be left out before the next publication of a topic. */
  #skipped = new Map<string, number>();
  readonly #markOf: (data: unknown) => unknown;

  /** @param markOf What is kept of data, so that large ones can be told apart by something small. */
  constructor(markOf: (data: unknown) => unknown = (data) => data) {
    this.#markOf = markOf;
  }

  connecting(): void {
    this.#standing = new Map();
    this.#skipped = new Map();
  }

  /** Takes the reply to one subscription or to a list. Throws where it is not as it is to be. */
  replied(reply: Message): void {
    for (const result of reply.topics ?? [reply]) {
      const { topic = "", epoch, offset = 0, offsets = { [topic]: offset } } = result;
      const outcome = this.positions.subscribed(result);
      this.#epoch ??= epoch;
      if (epoch !== this.#epoch) throw new Error(`the epoch is ${epoch} now, and was ${this.#epoch}`);
      if (outcome === "lost") this.ledger.toldLost(topic, offsets);
      if (outcome === "lost") this.notRecovered++;
      if (outcome === "first") this.first++;
      if (outcome !== "recovered") continue;
      this.recovered++;
      for (const [name, at] of Object.entries(offsets)) this.#standing.set(name, at);
    }
  }

  /** Takes the message that publications of a topic were left out. */
  skipped({ topic = "", skipped = 0 }: Message): void {
    this.#skipped.set(topic, skipped);
  }

  published({ topic = "", offset = 0, data }: Message): void {
    const skipped = this.#skipped.get(topic);
    this.#skipped.delete(topic);
    if (skipped !== undefined) this.ledger.toldSkipped(topic, offset, skipped);
    const isNew = this.ledger.received(topic, offset, this.#markOf(data));
    this.positions.received(topic, offset);
    if (!isNew) return;
    if (offset <= (this.#standing.get(topic) ?? 0)) this.replayed++;
    else this.live++;
  }
}
