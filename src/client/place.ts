import { isPattern } from "../protocol/topic.ts";
import type { Result } from "./link.ts";
import type { ClientPosition, Message } from "./options.ts";

/** Topics of which a place knows where they stand; past that it knows the latest, and has no position. */
const MOST_TOPICS = 1000;

/** Where one subscription stands: what it got last of each topic, so that it goes on there and takes nothing twice. */
export interface Place {
  /** What `since` takes; undefined where there is nothing to go on from. */
  position(): ClientPosition | undefined;
  /**
   * Takes note of where the server says that it begins, or goes on.
   * @param since What the server was asked for.
   * @returns True where it goes on and nothing is missing in between.
   */
  confirmed(result: Result, since: ClientPosition | undefined): boolean;
  /** True for a publication that it has not had, which it now has. */
  advance(message: Message): boolean;
}

export function createPlace(name: string, start: ClientPosition | undefined): Place {
  let epoch = start?.epoch;
  let floor = start && "floor" in start ? start.floor : 0;
  /** By topic; the one that came last at the end. */
  let offsets = new Map(start ? offsetsOf(start, name) : []);
  /** Topics whose offset the server told, without the publication: it comes where it is the topic's current value. */
  let untaken = new Set<string>();
  let isWhole = true;
  const at = (topic: string) => offsets.get(topic) ?? -1;
  return {
    position() {
      if (!epoch || !isWhole) return undefined;
      return isPattern(name)
        ? { epoch, floor, offsets: Object.fromEntries(offsets) }
        : { epoch, offset: at(name) };
    },
    confirmed(result, since) {
      const { recovered, offset = 0, epoch: now = "" } = result;
      // Behind it, and another caller stood there: what it lacks itself may not come.
      const isThere = since && offsetsOf(since, name).every(([topic, offset]) => at(topic) >= offset);
      if (recovered && isWhole && isThere && since.epoch === epoch) return true;
      const told = isPattern(name) ? Object.entries(result.offsets ?? {}) : [[name, offset] as const];
      // What it had of this epoch it had, though something may be missing.
      const isNew = ([topic, offset]: readonly [string, number]) =>
        now !== epoch || untaken.has(topic) || at(topic) < offset;
      untaken = new Set(told.filter(isNew).map(([topic]) => topic));
      offsets = new Map(told);
      epoch = now;
      floor = result.floor ?? 0;
      isWhole = true;
      return false;
    },
    advance({ topic, offset }) {
      if (offset === undefined) return true;
      if (offset < at(topic) || (offset === at(topic) && !untaken.has(topic))) return false;
      untaken.delete(topic);
      offsets.delete(topic);
      offsets.set(topic, offset);
      if (offsets.size > MOST_TOPICS) {
        // Without one of its topics a pattern would be sent all of that one again.
        isWhole = false;
        offsets.delete(offsets.keys().next().value ?? "");
      }
      return true;
    },
  };
}

function offsetsOf(since: ClientPosition, topic: string): (readonly [string, number])[] {
  return "offsets" in since ? Object.entries(since.offsets) : [[topic, since.offset]];
}
