import type { Action, ClientMessage } from "../protocol/client-message.ts";
import { CloseCode } from "../protocol/codes.ts";
import { decode, failure } from "../protocol/decode.ts";
import { isLongerThan } from "../protocol/json.ts";
import type { Echo, Reply, Welcome } from "../protocol/server-message.ts";
import type { Connection } from "./connection.ts";
import { followExpiry } from "./expiry.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import { Inbox } from "./inbox.ts";
import type { SessionLimits } from "./limits.ts";
import type { Authorize, Principal } from "./principal.ts";
import type { HeartbeatTimes } from "./pulse.ts";
import { count, Window } from "./rate-limit.ts";
import { answer } from "./requests.ts";
import type { TopicHub } from "./topic-hub.ts";
import type { Transport } from "./transport.ts";

/** What all sessions of a server share. */
export interface SessionPolicy {
  hub: TopicHub;
  limits: SessionLimits;
  authorize: Authorize;
  /**
   * Verifies a token; rejects with a `TokenError` for one that is not good, and with
   * `AuthenticationUnavailable` where that cannot be told.
   */
  authenticate: (token: string) => Promise<Principal>;
  /** Where the idempotency keys of publishers are, those over HTTP as well. */
  idempotency: IdempotencyStore;
  /** What `welcome` says of the server. */
  welcome: { version: string; ping_interval_ms: number };
  /** As `connect` of the hub takes it. */
  heartbeat?: HeartbeatTimes | undefined;
}

/** Who is at the other end of a session. */
export interface SessionPeer {
  principal: Principal;
  transport: Transport;
  /** True where the client offered the subprotocol, and so understands `welcome`. */
  hasSubprotocol: boolean;
  /** The answer to the message that signed it in, if one did. */
  reply?: Reply | undefined;
}

/** What this server offers beyond subscribing to one topic. PROTOCOL.md, Welcome. */
const FEATURES: readonly (Action | "patterns" | "lists" | "since")[] = [
  "patterns",
  "lists",
  "since",
  "publish",
  "authenticate",
  "history",
  "presence",
  "ping",
];

// PROTOCOL.md, Close codes: 4500.
const INVALID_MESSAGES = 20;
const INVALID_WINDOW_MS = 10_000;
const INVALID_CODES = new Set([
  "invalid_json",
  "missing_field",
  "unknown_action",
  "invalid_message",
  "invalid_topic",
]);

/** One connection's side of the protocol, from its opening to its end: requests in, replies out. */
export class Session {
  readonly policy: SessionPolicy;
  readonly connection: Connection;
  readonly #inbox: Inbox;
  readonly #invalid = new Window(INVALID_MESSAGES, INVALID_WINDOW_MS);
  #allowanceWholeAt = 0;
  #cancelExpiry = () => {};

  /** Connects the peer to the hub. */
  constructor(policy: SessionPolicy, { principal, transport, hasSubprotocol, reply }: SessionPeer) {
    this.policy = policy;
    this.connection = policy.hub.connect({
      principal,
      transport,
      unsentLimit: policy.limits.unsent_bytes,
      heartbeat: policy.heartbeat,
      greeting: (connection) => [
        ...(reply ? [reply] : []),
        ...(hasSubprotocol ? [this.#welcome(connection)] : []),
      ],
    });
    this.#inbox = new Inbox({
      limit: policy.limits.unsent_bytes,
      clock: policy.hub.clock,
      share: this.connection.share,
      resting: () => {
        transport.pause();
        // It has said something, which we have not looked at.
        this.heard();
      },
      rested: () => transport.resume(),
    });
    this.#followExpiry();
  }

  /** Takes one message of the client; never throws. */
  receive(data: unknown): void {
    const { hub, limits } = this.policy;
    if (!this.connection.isOpen) return;
    this.heard();
    // Nothing of a binary frame is kept while it waits its turn.
    const text = typeof data === "string" ? data : undefined;
    if (isLongerThan(text ?? "", limits.message_bytes)) {
      const reason = `A message has at most ${limits.message_bytes} bytes`;
      hub.disconnect(this.connection, CloseCode.MessageTooBig, reason);
      return;
    }
    const rate = { perSecond: limits.messages_per_second, burst: limits.message_burst };
    const { wholeAt, waitMs } = count(this.#allowanceWholeAt, hub.clock.elapsed(), rate);
    this.#allowanceWholeAt = wholeAt;
    const task = () => this.#handle(text, waitMs);
    const isTaken = this.#inbox.add(task, (text?.length ?? 0) + 64, waitMs > 0);
    // One too many of those that would be told to wait gets no answer: those never lead to a close.
    if (!isTaken && waitMs === 0)
      hub.disconnect(this.connection, CloseCode.SlowConsumer, "Too many requests are waiting");
  }

  /** Says that something came, be it a message or not. */
  heard(): void {
    this.connection.pulse?.heard();
  }

  /** Says that the socket is closed. */
  closed(code: number, reason: string): void {
    this.#cancelExpiry();
    this.policy.hub.disconnected(this.connection, code, reason);
  }

  /** Sends the answer to a request. */
  reply(message: Reply): void {
    this.policy.hub.tell(this.connection, message);
    if (message.status === "error" && INVALID_CODES.has(message.code)) this.#countInvalid();
  }

  /** Goes on under a renewed token of the same user. */
  renew(principal: Principal): void {
    this.connection.principal = principal;
    this.#followExpiry();
  }

  #handle(text: string | undefined, waitMs: number): Promise<void> | void {
    if (!this.connection.isOpen) return;
    if (text === undefined)
      return this.reply(failure("invalid_message", "Binary frames are not accepted: send JSON as text"));
    const { echo, message, error } = decode(text, this.policy.limits.json_depth);
    if (waitMs > 0) return this.reply(this.#rateLimited(echo, waitMs));
    if (error) return this.reply(error);
    return this.#answer(message, echo);
  }

  async #answer(message: ClientMessage, echo: Echo): Promise<void> {
    try {
      await answer(this, message, echo);
    } catch (fault) {
      // A fault of the broker, of an application's function, or ours: the client may try again.
      this.policy.hub.fail(fault, "session");
      this.reply(failure("unavailable", "The request failed, try again", { ...echo, retry_after_ms: 1000 }));
    }
  }

  #rateLimited(echo: Echo, waitMs: number): Reply {
    const { messages_per_second, message_burst } = this.policy.limits;
    const text = `Too many messages: ${message_burst} at once and ${messages_per_second} a second are allowed`;
    return failure("rate_limited", text, { ...echo, retry_after_ms: waitMs });
  }

  #countInvalid(): void {
    const { hub } = this.policy;
    if (this.#invalid.add(hub.clock.elapsed()))
      hub.disconnect(this.connection, CloseCode.TooManyInvalidMessages, "Too many invalid messages");
  }

  #followExpiry(): void {
    this.#cancelExpiry();
    this.#cancelExpiry = followExpiry(this.policy.hub, this.connection);
  }

  #welcome({ id, user, principal }: Connection): Welcome {
    return {
      type: "welcome",
      version: this.policy.welcome.version,
      features: FEATURES,
      connection: id,
      user,
      ping_interval_ms: this.policy.welcome.ping_interval_ms,
      expires_at: principal.expiresAt ?? null,
    };
  }
}
