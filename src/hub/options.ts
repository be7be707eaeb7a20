import type { ControlMessage } from "../protocol/server-message.ts";
import type { BrokerFactory, Position } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { HubHooks } from "./hooks.ts";
import type { Principal } from "./principal.ts";
import type { HeartbeatTimes } from "./pulse.ts";
import type { Transport } from "./transport.ts";

/** What a hub is made with; everything has a default. */
export interface TopicHubOptions extends HubHooks {
  /** Where publications meet: this process's memory unless given. */
  broker?: BrokerFactory;
  clock?: Clock;
  /** The type of what is published to a topic without one: `message` wherever this gives none. */
  defaultType?: (topic: string) => string | undefined;
}

/** What `connect` takes. */
export interface ConnectOptions {
  principal: Principal;
  transport: Transport;
  /** Unsent bytes past which the reader counts as too slow. */
  unsentLimit: number;
  /** When a silent peer is asked and given up, with 4002: never unless given. */
  heartbeat?: HeartbeatTimes | undefined;
  /** @internal Makes the messages that the connection gets before anything else. */
  greeting?: ((connection: Connection) => readonly ControlMessage[]) | undefined;
}

/** A publication that was accepted; with its position where the topic has history. */
export interface Published extends Partial<Position> {
  topic: string;
}
