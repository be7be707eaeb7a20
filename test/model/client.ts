import type { Since } from "../../src/protocol/client-message.ts";
import { matches } from "../../src/protocol/topic.ts";
import type { TestMessage } from "../../src/testing/message.ts";
import { disagree } from "./disagreement.ts";
import type { Ledger } from "./ledger.ts";
import { offsetIn, positionIn } from "./positions.ts";
import { type Request, resultsOf } from "./request.ts";

/** One client through all its connections: it knows what it read, and keeps its positions by that. */
export class Client {
  readonly user: string;
  readonly #ledger: Ledger;
  readonly #positions = new Map<string, Since>();
  /** What it is subscribed to on its connection, and was told to be left out. */
  readonly #held = new Set<string>();
  readonly #skipped = new Map<string, number>();

  constructor(user: string, ledger: Ledger) {
    this.user = user;
    this.#ledger = ledger;
  }

  /** Where it stopped in a topic or a pattern. */
  position(selector: string): Since | undefined {
    return this.#positions.get(selector);
  }

  get held(): string[] {
    return [...this.#held];
  }

  /** Its connection is gone. */
  disconnected(): void {
    this.#held.clear();
    this.#skipped.clear();
  }

  /** Reads a message; `request` is what it answers, if anything. */
  read(message: TestMessage, request: Request | undefined): void {
    if (request) this.#replied(request, message);
    else if (message.type === "unsubscribed") this.#held.delete(String(message.topic));
    else if (message.type === "gap") this.#skipped.set(String(message.topic), Number(message.skipped));
    else if (!message.direct) this.#published(String(message.topic), message.offset as number | undefined);
  }

  #replied({ action, selections }: Request, reply: TestMessage): void {
    if (action !== "subscribe" && action !== "unsubscribe") return;
    for (const [selector, result] of resultsOf(reply)) {
      if (action === "unsubscribe") this.#held.delete(selector);
      else this.#subscribed(selector, selections.get(selector), result);
    }
  }

  #subscribed(selector: string, since: Since | undefined, result: TestMessage): void {
    const isHeld = this.#held.has(selector);
    this.#held.add(selector);
    // What comes goes on from where it asked for; without that, or where it is told that this cannot be, from here.
    const position = result.recovered === true ? since : positionIn(result);
    if (position && !(isHeld && result.recovered !== false)) this.#positions.set(selector, position);
  }

  #published(topic: string, offset: number | undefined): void {
    const skipped = this.#skipped.get(topic) ?? 0;
    this.#skipped.delete(topic);
    if (offset === undefined) return;
    for (const selector of this.#held) {
      const position = this.#positions.get(selector);
      if (!position || !matches(selector, topic)) continue;
      const before = offsetIn(position, topic);
      if (offset <= before) continue;
      const missed = this.#ledger.upTo(topic, offset) - 1 - this.#ledger.upTo(topic, before);
      if (missed > skipped)
        disagree(`${this.user} misses ${missed} before ${topic}#${offset} by its position in ${selector}`);
      this.#positions.set(selector, advanced(position, topic, offset));
    }
  }
}

function advanced(position: Since, topic: string, offset: number): Since {
  if ("offset" in position) return { ...position, offset };
  return { ...position, offsets: { ...position.offsets, [topic]: offset } };
}
