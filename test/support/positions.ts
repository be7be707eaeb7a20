import type { Message } from "./message.ts";
import { isPattern, matches } from "./pattern.ts";

/** Where a client stands in a topic, or in the topics of a pattern. */
export type Since =
  | { epoch: string; offset: number }
  | { epoch: string; floor: number; offsets: Record<string, number> };

/** `first` had no position to resume from; after `lost` what was missed does not come. */
export type Outcome = "first" | "recovered" | "lost";

/** What a client that resumes keeps of each of its subscriptions. */
export class Positions {
  readonly #known = new Map<string, Since>();

  /** What a list of `subscribe` takes for a topic or a pattern. */
  entryOf(topic: string): { topic: string; since?: Since } {
    const since = this.#known.get(topic);
    return since ? { topic, since } : { topic };
  }

  /** Takes the reply to one subscription. Throws where it is none from which one could resume. */
  subscribed(reply: Message): Outcome {
    const { topic = "", recovered } = reply;
    if (reply.status !== "success") throw new Error(`not subscribed to ${topic}: ${JSON.stringify(reply)}`);
    const before = this.#known.get(topic);
    // What was missed is still to come: until then the old position is the one to resume from.
    if (before && recovered === true) return "recovered";
    if (before && recovered !== false) throw new Error(`neither recovered nor not: ${JSON.stringify(reply)}`);
    this.#known.set(topic, positionOf(topic, reply));
    return before ? "lost" : "first";
  }

  /** Takes a publication that has an offset. */
  received(topic: string, offset: number): void {
    for (const [name, position] of this.#known) {
      if (!matches(name, topic)) continue;
      if ("offset" in position) position.offset = Math.max(position.offset, offset);
      else position.offsets[topic] = Math.max(position.offsets[topic] ?? 0, offset);
    }
  }
}

function positionOf(topic: string, { epoch, offset, floor, offsets, ...rest }: Message): Since {
  if (epoch !== undefined && isPattern(topic) && floor !== undefined && offsets !== undefined)
    return { epoch, floor, offsets: { ...offsets } };
  if (epoch !== undefined && !isPattern(topic) && offset !== undefined) return { epoch, offset };
  throw new Error(
    `no position of ${topic} to resume from: ${JSON.stringify({ epoch, offset, floor, ...rest })}`,
  );
}
