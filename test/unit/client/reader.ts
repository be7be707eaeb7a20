import type { Subscribed, Subscription } from "../../../src/client/index.ts";
import { matches } from "../../../src/protocol/topic.ts";

/** How much was published to each topic: its publications are numbered, as its history numbers them. */
export class Ledger {
  readonly #counts = new Map<string, number>();
  epoch = "";
  /** What readers found wrong. */
  readonly faults: string[] = [];

  next(topic: string): number {
    const number = this.count(topic) + 1;
    this.#counts.set(topic, number);
    return number;
  }

  count(topic: string): number {
    return this.#counts.get(topic) ?? 0;
  }

  get topics(): Iterable<string> {
    return this.#counts.keys();
  }
}

/** One follower, who knows what it must be told. */
export class Reader {
  subscription: Subscription | undefined;
  readonly #selector: string;
  readonly #ledger: Ledger;
  /** What came last of each topic. */
  readonly #last = new Map<string, number>();
  /** By topic: the next one must not be later than this. */
  readonly #latest = new Map<string, number>();
  readonly #log: string[] = [];
  #start: number | undefined;
  #isConfirmed = false;
  #isOver = false;

  constructor(selector: string, ledger: Ledger, start: number | undefined) {
    this.#selector = selector;
    this.#ledger = ledger;
    this.#start = start;
    this.#log.push(`follows from ${start}`);
  }

  confirmed({ recovered }: Subscribed): void {
    this.#log.push(`recovered ${recovered}`);
    if (this.#isOver) this.#wrong("was told after its end");
    if (recovered && this.#start !== undefined && !this.#isConfirmed)
      this.#latest.set(this.#selector, this.#start + 1);
    this.#isConfirmed = true;
    for (const topic of this.#ledger.topics) {
      // What is kept goes on; something may be missing of the rest, whose next one is published after now at the latest.
      if (!matches(this.#selector, topic) || (recovered && !topic.startsWith("unkept"))) continue;
      this.#latest.set(topic, this.#ledger.count(topic) + 1);
    }
  }

  take(topic: string, number: number): void {
    this.#log.push(`${topic}#${number}`);
    if (this.#isOver) this.#wrong(`got ${topic}#${number} after its end`);
    if (!this.#isConfirmed) this.#wrong(`got ${topic}#${number} before it was confirmed`);
    if (number <= (this.#last.get(topic) ?? this.#start ?? 0)) this.#wrong(`got ${topic}#${number} again`);
    if (number > (this.#latest.get(topic) ?? 1)) this.#wrong(`lacks what was before ${topic}#${number}`);
    this.#last.set(topic, number);
    this.#latest.set(topic, number + 1);
  }

  leave(): void {
    this.#isOver = true;
    this.subscription?.unsubscribe();
  }

  fail(error: Error): void {
    this.#wrong(`ended: ${error.message}`);
  }

  mustHaveAll(topics: readonly string[]): void {
    for (const topic of topics)
      if (matches(this.#selector, topic) && this.#last.get(topic) !== this.#ledger.count(topic))
        this.#wrong(`lacks ${topic}#${this.#ledger.count(topic)}, has ${this.#last.get(topic)}`);
  }

  #wrong(what: string): void {
    this.#ledger.faults.push(`${this.#selector} ${what}: ${this.#log.join(", ")}`);
  }
}
