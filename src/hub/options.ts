import type { ControlMessage } from "../protocol/server-message.ts";
import type { BrokerFactory, Position } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Connection, ConnectionOptions } from "./connection.ts";
import type { HubHooks } from "./hooks.ts";

/** What a hub is made with; everything has a default. */
export interface TopicHubOptions extends HubHooks {
  /** Where publications meet: this process's memory unless given. */
  broker?: BrokerFactory;
  clock?: Clock;
  /** The type of what is published to a topic without one: `message` wherever this gives none. */
  defaultType?: (topic: string) => string | undefined;
}

/** What `connect` takes. */
export interface ConnectOptions extends Omit<ConnectionOptions, "clock"> {
  /** Makes the messages that the connection gets before anything else. */
  greeting?: ((connection: Connection) => readonly ControlMessage[]) | undefined;
}

/** A publication that was accepted; with its position where the topic has history. */
export interface Published extends Partial<Position> {
  topic: string;
}
