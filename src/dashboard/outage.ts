import type { Subscribed } from "../client/index.ts";
import type { FeedNote } from "./feed-buffer.ts";
import { formatSpan } from "./format.ts";

/**
 * What to say once a subscription is back after its connection was lost.
 * @param lostMs How long it was away.
 * @returns undefined where it was not.
 */
export function noteOn({ topic, recovered, partial }: Subscribed, lostMs: number): FeedNote | undefined {
  if (recovered === undefined) return undefined;
  const away = `The connection was away for ${formatSpan(lostMs)}`;
  if (!recovered) return { kind: "break", text: `${away}. Some of ${topic} may be missing here.` };
  if (partial)
    return {
      kind: "break",
      text: `${away}. Topics of ${topic} with a history go on without a hole; of others, something may be missing here.`,
    };
  return { kind: "remark", text: `${away}. Nothing of ${topic} was missed.` };
}
