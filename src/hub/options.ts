import type { ControlMessage } from "../protocol/server-message.ts";
import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import type { BrokerFactory, Position } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { DrainTimes } from "./drain.ts";
import type { Wire } from "./frame.ts";
import type { HubHooks } from "./hooks.ts";
import type { KeptLimits } from "./kept-limits.ts";
import type { Principal } from "./principal.ts";
import type { Publication } from "./publication.ts";
import type { HeartbeatTimes } from "./pulse.ts";
import type { TopicRule, TopicRuleInput } from "./topic-rules.ts";
import type { Transport } from "./transport.ts";

/** What a hub is made with; everything has a default. */
export interface TopicHubOptions<Catalogue extends TopicCatalogue = TopicCatalogue> extends HubHooks {
  /** Where publications meet: this process's memory unless given. */
  broker?: BrokerFactory;
  clock?: Clock;
  /**
   * What is kept of topics, and what becomes of their slow readers: the first rule that matches counts. A topic that
   * none matches keeps no history.
   */
  topics?: readonly TopicRuleInput[];
  limits?: KeptLimits;
  /** What may be published to which topic, as `defineTopics` made it: anything to any unless given. */
  schemas?: Catalogue | undefined;
  /** The type of what is published to a topic without one: `message` wherever this gives none. */
  defaultType?: (topic: string) => string | undefined;
  /** How the hub ends: `drain` of the configuration. PROTOCOL.md, Stopping. */
  drain?: Partial<DrainTimes> | undefined;
}

/** What a hub was made with, its defaults filled in. */
export interface HubSettings {
  topics: readonly TopicRule[];
  limits: Required<KeptLimits>;
  drain: DrainTimes;
}

/** What `connect` takes. */
export interface ConnectOptions {
  principal: Principal;
  transport: Transport;
  /** Unsent bytes past which the reader counts as too slow. */
  unsentLimit: number;
  /** When a silent peer is asked and given up, with 4002: never unless given. */
  heartbeat?: HeartbeatTimes | undefined;
  /** @internal How what it gets is written: one JSON object a message unless given. */
  wire?: Wire | undefined;
  /** @internal Makes the messages that the connection gets before anything else. */
  greeting?: ((connection: Connection) => readonly ControlMessage[]) | undefined;
}

/** Part of a topic's history, oldest first; its position is that of the topic's newest publication. */
export interface TopicHistory extends Position {
  publications: readonly Publication[];
  /** Where `since` was given: true where nothing between it and the first publication is missing. */
  recovered?: boolean | undefined;
}

/** A publication that was accepted; with its position where the topic has history. */
export interface Published extends Partial<Position> {
  topic: string;
}
