import type { Broker, HistoryQuery } from "./broker.ts";
import type { TopicHistory } from "./options.ts";
import { PAGE_BYTES } from "./page.ts";
import { Publication } from "./publication.ts";

/** What an answer says of a topic's history. PROTOCOL.md, History. */
export interface HistoryFields {
  epoch: string;
  /** That of the newest publication. */
  offset: number;
  /** Oldest first. */
  publications: KeptPublication[];
  /** With `since`: true where nothing between it and the first publication is missing. */
  recovered?: boolean;
}

/** A publication as a history has it. PROTOCOL.md, Publications. */
export interface KeptPublication {
  type: string;
  topic: string;
  data: unknown;
  offset: number;
  /** Milliseconds since 1970. */
  time: number;
}

/** Reads a topic's history as publications; undefined where the topic keeps none. */
export async function readHistory(
  broker: Pick<Broker, "history">,
  topic: string,
  query: HistoryQuery,
): Promise<TopicHistory | undefined> {
  const kept = await broker.history(topic, query);
  if (!kept) return undefined;
  const { epoch } = kept;
  const publications = kept.publications.map((it) => new Publication(it, { epoch, offset: it.offset }));
  return { ...kept, publications };
}

/** What is answered where a topic keeps no history. */
export function noHistory(topic: string): string {
  return `Topic '${topic}' keeps no history`;
}

/**
 * The fields of an answer with a history. Where its publications take too much room it has fewer: the oldest of what
 * was missed or, of the newest, the newest; at least one.
 * @param isSince True where it was asked for with `since`, so that the next ones can be asked for.
 */
export function historyFields({ publications, ...rest }: TopicHistory, isSince: boolean): HistoryFields {
  const texts = publications.map(({ frame }) => frame.text);
  const encoder = new TextEncoder();
  const order = isSince ? texts : texts.toReversed();
  let size = 0;
  const fitting = order.findIndex((text, at) => {
    size += encoder.encode(text).length + 1;
    return at > 0 && size > PAGE_BYTES;
  });
  const count = fitting < 0 ? texts.length : fitting;
  const kept = isSince ? texts.slice(0, count) : texts.slice(texts.length - count);
  return { ...rest, publications: kept.map((text) => JSON.parse(text)) };
}
