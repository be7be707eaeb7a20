import type { Position } from "../protocol/client-message.ts";
import type { Clock } from "./clock.ts";
import type { Frame } from "./frame.ts";
import type { HistoryRule } from "./topic-rules.ts";

/** A message on its way through a broker: encoded, and not yet placed in a history. */
export interface Envelope<Topic extends string = string> {
  topic: Topic;
  type: string;
  /** The data as JSON. */
  json: string;
  /** Milliseconds since 1970. */
  time: number;
}

export type { Position } from "../protocol/client-message.ts";

/** A publication that a history keeps. One object for as long as it is kept, whoever reads it. */
export interface Kept extends Readonly<Envelope> {
  readonly offset: number;
  /** Greater than that of whatever was published before it, to any topic of the store. */
  readonly order: number;
  /** @internal What it is sent as, made by the hub when it is replayed for the first time. */
  frame?: Frame | undefined;
}

/** Part of a topic's history, oldest first. Its position is that of the newest publication, kept or not. */
export interface History extends Position {
  publications: readonly Kept[];
  /** Where `since` was given: true where nothing between it and the first publication is missing. */
  recovered?: boolean;
}

/** What a history is asked for: the newest `limit`, or with `since` the next `limit`. */
export interface HistoryQuery {
  /** Most publications: 100 unless given. */
  limit?: number | undefined;
  since?: Position | undefined;
}

/** How far the history of a topic reaches. */
export interface Extent {
  /** Offset of the oldest publication that can be read; one more than `last` where none can. */
  first: number;
  /** Offset of the newest publication, whether it can be read or not. */
  last: number;
}

/** Where the topics stand that a selector selects and that keep a history. PROTOCOL.md, Positions. */
export interface Standing {
  epoch: string;
  /** The largest offset that a topic which is kept no longer may have had. A topic not kept begins one after it. */
  floor: number;
  /** Those that are kept now; undefined where they are more than `LOCATED_TOPICS`, or too many together. */
  topics: ReadonlyMap<string, Extent> | undefined;
}

/** Most topics that one pattern's standing names, and those of one call of `locate`. PROTOCOL.md, Positions. */
export const LOCATED_TOPICS = 1000;
export const LOCATED_TOGETHER = 4000;

/** Where a broker brings what was published. */
export interface BrokerSink {
  /** Takes a publication for local delivery; never throws. */
  deliver(envelope: Envelope, position?: Position): void;
}

/** What a broker is told of its hub. */
export interface BrokerSettings {
  clock: Clock;
  /** What is kept of a topic; undefined where nothing is. */
  historyOf(topic: string): HistoryRule | undefined;
  /** Most topics with history, and most bytes of it, in this process. */
  keptTopics: number;
  keptBytes: number;
}

/**
 * What the hub needs of the place where publications meet. It grows with clusters: not settled before 1.0.
 *
 * - `publish` MUST hand the envelope to the sink exactly once in every process whose hub asked for a selector
 *   that selects its topic, this one included, and in each of them in one order a publisher.
 * - `publish` MUST NOT settle before the publication is accepted, and MUST reject where it was not.
 * - A topic that keeps history MUST reach the sink only once it has its position, and in the order of positions.
 * - `subscribe` MUST NOT settle before publications of the selector reach the sink; calls for one selector take
 *   effect in their order.
 * - `locate` MUST call `at` once, synchronously at a moment at which the sink was given exactly what the standings
 *   tell of, of each selector that was subscribed to before, all of one epoch; it MUST NOT keep anything of what it is
 *   asked for.
 * - What `history` gives MUST be without holes, and recovered only where nothing after `since` is missing.
 * - No method MUST call the sink after `close` has settled.
 */
export interface Broker {
  publish(envelope: Envelope): Promise<Position | undefined> | Position | undefined;
  /** Asks for a topic or a pattern. */
  subscribe(selector: string): Promise<void> | void;
  unsubscribe(selector: string): Promise<void> | void;
  /** Tells where topics stand, one standing a selector. */
  locate(selectors: readonly string[], at: (standings: readonly Standing[]) => void): Promise<void> | void;
  /** Reads a topic's history; undefined where the topic keeps none. */
  history(topic: string, query: HistoryQuery): Promise<History | undefined> | History | undefined;
  close(): Promise<void>;
}

/** Makes the broker of one hub. */
export type BrokerFactory = (sink: BrokerSink, settings: BrokerSettings) => Broker;
