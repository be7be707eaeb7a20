import type { Since } from "../../src/protocol/client-message.ts";
import type { TestMessage } from "../../src/testing/message.ts";

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
export function resultsOf(reply: TestMessage): [selector: string, result: TestMessage][] {
  const results = Array.isArray(reply.topics) ? reply.topics : [reply];
  return results.map((result: TestMessage) => [String(result.topic), result]);
}
