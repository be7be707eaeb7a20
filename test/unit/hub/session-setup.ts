import { IdempotencyKeys } from "../../../src/hub/idempotency.ts";
import type { SessionLimits } from "../../../src/hub/limits.ts";
import type { TopicHubOptions } from "../../../src/hub/options.ts";
import { type Authorize, type Principal, TokenError } from "../../../src/hub/principal.ts";
import { Session, type SessionPolicy } from "../../../src/hub/session.ts";
import type { TestMessage } from "../../../src/testing/message.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { newHub, principal, turn } from "./setup.ts";

export const LIMITS: SessionLimits = {
  message_bytes: 1000,
  json_depth: 8,
  subscriptions: 5,
  messages_per_second: 50,
  message_burst: 100,
  unsent_bytes: 10_000,
};

export interface SessionOptions {
  hub?: Omit<TopicHubOptions, "clock" | "onError">;
  limits?: Partial<SessionLimits>;
  authorize?: Authorize;
  /** Verifies a token; without it every one is refused. */
  authenticate?: SessionPolicy["authenticate"];
  principal?: Principal;
  hasSubprotocol?: boolean;
}

/** A hub, and what all sessions of it share. */
export function openPolicy(options: SessionOptions = {}) {
  const { hub, clock, errors } = newHub(options.hub);
  const policy: SessionPolicy = {
    hub,
    limits: { ...LIMITS, ...options.limits },
    authorize: options.authorize ?? (() => true),
    authenticate: options.authenticate ?? (() => Promise.reject(new TokenError("Invalid token: expired"))),
    idempotency: new IdempotencyKeys(100, clock),
    welcome: { version: "1.2.3", ping_interval_ms: 25_000 },
  };
  return { hub, clock, errors, policy };
}

/** A session, its socket and the hub behind it. */
export function openSession(options: SessionOptions = {}) {
  const { hub, clock, errors, policy } = openPolicy(options);
  const transport = new TestTransport();
  const { hasSubprotocol = false } = options;
  const session = new Session(policy, {
    principal: options.principal ?? principal(),
    transport,
    hasSubprotocol,
  });
  const send = (message: object | string) =>
    session.receive(typeof message === "string" ? message : JSON.stringify(message));
  return {
    ...{ hub, clock, errors, policy, session, transport, send },
    /** Sends it and waits for the next message, which is the reply where nothing else is on its way. */
    ask(message: object | string): Promise<TestMessage> {
      send(message);
      return transport.next();
    },
    /** Everything that comes before the reply to a last ping: all that earlier requests brought. */
    async rest(): Promise<TestMessage[]> {
      send({ action: "ping", id: "rest" });
      const found: TestMessage[] = [];
      for (;;) {
        const message = await transport.next();
        if (message.id === "rest") return found;
        found.push(message);
      }
    },
  };
}

/** Sends binary frames; gives what tells whether more than the collector may overlook are still in memory. */
export function sendBinary(to: Pick<Session, "receive">, frames: number): () => Promise<boolean> {
  const sent = Array.from({ length: frames }, () => {
    const frame = new ArrayBuffer(1_000_000);
    to.receive(frame);
    return new WeakRef(frame);
  });
  return async () => {
    // Within the turn in which they were made they are held by their references.
    await turn();
    Bun.gc(true);
    return sent.filter((frame) => frame.deref() !== undefined).length > frames / 2;
  };
}
