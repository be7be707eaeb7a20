import type { Since } from "../../src/protocol/client-message.ts";
import type { Sent } from "../support/fake-transport.ts";

/** What a client asked for. */
export interface Request {
  id: number;
  action: "subscribe" | "unsubscribe" | "publish" | "ping";
  /** The topics and patterns that it names, and from where it wants to go on. */
  selections: ReadonlyMap<string, Since | undefined>;
  /** What it publishes. */
  number?: number;
}

/** The results in a reply, by what they are about. */
export function resultsOf(reply: Sent): [selector: string, result: Sent][] {
  const results = Array.isArray(reply.topics) ? reply.topics : [reply];
  return results.map((result: Sent) => [String(result.topic), result]);
}
