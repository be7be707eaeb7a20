import type { Standing } from "../../src/hub/broker.ts";
import type { PatternPosition, Position, Since } from "../../src/protocol/client-message.ts";
import { isPattern, matches } from "../../src/protocol/topic.ts";
import type { TestMessage } from "../../src/testing/message.ts";
import type { Ledger } from "./ledger.ts";

/** The position in a reply to `subscribe`; undefined where nothing that was selected has history. */
export function positionIn({ epoch, offset, floor, offsets }: TestMessage): Since | undefined {
  if (epoch === undefined) return undefined;
  if (offsets === undefined) return { epoch, offset } as Position;
  return { epoch, floor, offsets: { ...(offsets as object) } } as PatternPosition;
}

/** The offset of a topic in a position of a selector that selects it. */
export function offsetIn(since: Since, topic: string): number {
  return "offset" in since ? since.offset : (since.offsets[topic] ?? since.floor);
}

/** What is wrong with the result of a subscription, by what the broker told at that moment. */
export function positionFault(
  selector: string,
  since: Since | undefined,
  result: TestMessage,
  ledger: Ledger,
) {
  const standing = ledger.standings.get(selector);
  const expected = standing ? positionOf(selector, standing) : undefined;
  const found = positionIn(result);
  if (JSON.stringify(found) !== JSON.stringify(expected && { epoch: ledger.epoch, ...expected }))
    return `${selector} is told to stand at ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`;
  const recovered = since && standing !== undefined && canGoOn(selector, since, standing, ledger.epoch);
  if (result.recovered !== recovered)
    return `recovered is ${result.recovered}, not ${recovered}, for ${selector} since ${JSON.stringify(since)}`;
  return undefined;
}

function positionOf(selector: string, { floor, topics = new Map() }: Standing): object {
  if (!isPattern(selector)) return { offset: topics.get(selector)?.last ?? floor };
  return { floor, offsets: Object.fromEntries([...topics].map(([topic, { last }]) => [topic, last])) };
}

/** True where the store can tell, and send, everything that came after a position. */
function canGoOn(
  selector: string,
  since: Since,
  { floor, topics = new Map() }: Standing,
  epoch: string,
): boolean {
  if (since.epoch !== epoch) return false;
  if ("floor" in since && since.floor !== floor) return false;
  const named =
    "offset" in since ? [selector] : Object.keys(since.offsets).filter((topic) => matches(selector, topic));
  return [...topics.keys(), ...named].every((topic) => {
    const { first, last } = topics.get(topic) ?? { first: floor + 1, last: floor };
    const offset = offsetIn(since, topic);
    return first - 1 <= offset && offset <= last;
  });
}
