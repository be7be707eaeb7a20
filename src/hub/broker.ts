import type { Since } from "../protocol/client-message.ts";

/** A message on its way through a broker: encoded, and not yet placed in a history. */
export interface Envelope {
  topic: string;
  type: string;
  /** The data as JSON. */
  json: string;
  /** Milliseconds since 1970. */
  time: number;
}

/** Where a publication stands in its topic's history. PROTOCOL.md, Positions. */
export interface Position {
  epoch: string;
  offset: number;
}

/** Part of a topic's history, oldest first. */
export interface History extends Position {
  publications: readonly (Envelope & { offset: number })[];
  /** Where `since` was given: true where nothing between it and the first publication is missing. */
  recovered?: boolean;
}

/** What a history is asked for: the newest `limit`, or with `since` the next `limit`. */
export interface HistoryQuery {
  limit?: number | undefined;
  since?: Since | undefined;
}

/** Where a broker brings what was published. */
export interface BrokerSink {
  /** Takes a publication for local delivery; never throws. */
  deliver(envelope: Envelope, position?: Position): void;
}

/**
 * What the hub needs of the place where publications meet. It grows with history and clusters: not settled
 * before 1.0.
 *
 * - `publish` MUST hand the envelope to the sink exactly once in every process whose hub asked for a selector
 *   that selects its topic, this one included, and in each of them in one order a publisher.
 * - `publish` MUST NOT settle before the publication is accepted, and MUST reject where it was not.
 * - A topic that keeps history MUST reach the sink only once it has its position.
 * - `subscribe` MUST NOT settle before publications of the selector reach the sink; calls for one selector take
 *   effect in their order.
 * - No method MUST call the sink after `close` has settled.
 */
export interface Broker {
  publish(envelope: Envelope): Promise<Position | undefined> | Position | undefined;
  /** Asks for a topic or a pattern. */
  subscribe(selector: string): Promise<void> | void;
  unsubscribe(selector: string): Promise<void> | void;
  /** Reads a topic's history; undefined where the topic keeps none. */
  history(topic: string, query: HistoryQuery): Promise<History | undefined>;
  close(): Promise<void>;
}

/** Makes the broker of one hub. */
export type BrokerFactory = (sink: BrokerSink) => Broker;
