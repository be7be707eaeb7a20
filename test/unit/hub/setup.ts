import type { BrokerSettings } from "../../../src/hub/broker.ts";
import type { Connection } from "../../../src/hub/connection.ts";
import type { TopicHubOptions } from "../../../src/hub/options.ts";
import type { Principal } from "../../../src/hub/principal.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";

export const UNSENT_LIMIT = 1000;
/** When the clocks of hubs under test begin. */
export const NOW = 1_795_376_400_000;

/** For a broker that keeps nothing. */
export const BROKER_SETTINGS: BrokerSettings = {
  clock: new ManualClock(),
  historyOf: () => undefined,
  keptTopics: 0,
  keptBytes: 0,
};

/** A hub on a clock of its own, and what it reported as `stage: message`. */
export function newHub(options: Omit<TopicHubOptions, "clock" | "onError"> = {}): {
  hub: TopicHub;
  clock: ManualClock;
  errors: string[];
} {
  const clock = new ManualClock(NOW);
  const errors: string[] = [];
  const onError: TopicHubOptions["onError"] = (error, { stage }) =>
    void errors.push(`${stage}: ${error instanceof Error ? error.message : error}`);
  return { hub: new TopicHub({ ...options, clock, onError }), clock, errors };
}

export function principal(user = "alex", more: Partial<Principal> = {}): Principal {
  return { user, isAdmin: false, claims: { sub: user }, ...more };
}

/** A connection of a user, and its socket. */
export function connect(hub: TopicHub, user = "alex"): { connection: Connection; transport: TestTransport } {
  const transport = new TestTransport();
  const connection = hub.connect({ principal: principal(user), transport, unsentLimit: UNSENT_LIMIT });
  return { connection, transport };
}

/** The topics of the publications that a socket was sent since it was last read. */
export function topicsOf(transport: TestTransport): unknown[] {
  return transport.take().map(({ topic }) => topic);
}

/** The data of those publications. */
export function dataOf(transport: TestTransport): unknown[] {
  return transport.take().map(({ data }) => data);
}

/** Settles when everything that was due has run: promises that follow one another, too. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
