import type { SelectedBy, TopicAndData } from "../protocol/catalogue-types.ts";
import type { ErrorCode } from "../protocol/codes.ts";
import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";

/** The least that a client needs of a WebSocket; that of browsers and of `ws` fit it. */
export interface ClientSocket {
  readonly readyState: number;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** What makes one: the class `WebSocket`, of the platform or of the package `ws`. */
export type ClientSocketConstructor = new (url: string, protocols: string[]) => ClientSocket;

/** Time, as a client takes it: the hub's `Clock` fits it, so that a test moves both. */
export interface ClientClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now; returns what cancels that. */
  after(ms: number, fn: () => void): () => void;
}

/** How a client connects; everything has a default. */
export interface ClientOptions {
  /**
   * The token, or what gets one: asked before each connection, and again before the one it gave ends. Without it the
   * browser's cookie counts.
   */
  token?: string | (() => string | Promise<string>) | undefined;
  /** When the server asks for it: its `auth.mode`. `upgrade` unless given, which also fits `either`. */
  auth?: "upgrade" | "first-message" | undefined;
  /** What connects: `auto` takes Server-Sent Events where WebSockets are blocked. */
  transport?: "auto" | "websocket" | "sse" | undefined;
  /** For a platform without one, as Node 20: that of the package `ws`. */
  WebSocket?: ClientSocketConstructor | undefined;
  /** The platform's unless given. */
  fetch?: typeof fetch | undefined;
  /** Ends the client. */
  signal?: AbortSignal | undefined;
  /** Most milliseconds before the first attempt to reconnect; doubled for each that fails: 500 unless given. */
  minDelayMs?: number | undefined;
  /** Most milliseconds before any attempt: 20,000 unless given. */
  maxDelayMs?: number | undefined;
  /** For tests. */
  clock?: ClientClock | undefined;
}

/** Where a topic or a pattern stands; what `since` takes. PROTOCOL.md, Positions. */
export type ClientPosition =
  | { epoch: string; offset: number }
  | { epoch: string; floor: number; offsets: Record<string, number> };

/** What a subscriber gets. PROTOCOL.md, Publications. */
export interface Message<Data = unknown, Topic extends string = string> {
  type: string;
  topic: Topic;
  data: Data;
  /** In a topic with history. */
  offset?: number;
  /** When it was published, in milliseconds since 1970. */
  time: number;
}

/** What comes of a topic or a pattern of a catalogue: a union of which `topic` tells the members apart. */
export type MessageOf<C extends TopicCatalogue, Selector extends string> = MessageOfEach<
  SelectedBy<C, Selector>
>;
type MessageOfEach<Each> = Each extends TopicAndData ? Message<Each["data"], Each["topic"]> : never;

/** What was sent to this user or to this connection, past all topics. */
export interface DirectMessage extends Omit<Message, "topic"> {
  topic?: string;
  direct: true;
}

/** That the server confirmed a subscription. */
export interface Subscribed {
  topic: string;
  /**
   * Undefined the first time. After a connection was lost: true where exactly what was missed follows; false where
   * something may be missing, so that what is shown has to be loaded anew.
   */
  recovered: boolean | undefined;
  /** True for a pattern that also covers topics without history, of which nothing can be said. */
  partial?: true | undefined;
}

/** What is told about one subscription besides its messages. */
export interface SubscribeOptions {
  /** Where to go on: that of what is shown already. */
  since?: ClientPosition | undefined;
  /** Called on each confirmation: the first one, and one after each reconnect. */
  onSubscribed?: ((subscribed: Subscribed) => void) | undefined;
  /** Called where a slow reader was spared messages of a topic whose newest alone counts. */
  onGap?: ((gap: { topic: string; skipped: number }) => void) | undefined;
  /** Called where the subscription failed, or the server ended it; nothing comes after that. */
  onEnded?: ((error: TopicError) => void) | undefined;
  /** Ends the subscription. */
  signal?: AbortSignal | undefined;
}

/** How something is published. */
export interface ClientPublishOptions {
  /** 1 to 64 bytes; that of the topic unless given. */
  type?: string | undefined;
  /** Under which a retry is recognized: a random one unless given. PROTOCOL.md, Idempotency keys. */
  idempotencyKey?: string | undefined;
  /** How long to try, in milliseconds: 30,000 unless given. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a publication that was accepted got. */
export interface ClientPublished {
  topic: string;
  epoch: string | undefined;
  offset: number | undefined;
}

/** What a client is doing now. */
export type ClientState =
  | { status: "connecting" }
  | {
      status: "open";
      transport: "websocket" | "sse";
      /** The token's, where the server told it. */
      user: string | undefined;
      /** The id of the connection, where the server told it. */
      connection: string | undefined;
      /** When the token ends, in milliseconds since 1970; null where it does not. */
      expiresAt: number | null | undefined;
    }
  /** The connection was lost: the next attempt comes at `retryAt` (milliseconds since 1970). */
  | { status: "waiting"; retryAt: number; code: number; reason: string }
  /** It was closed, by `close` or because coming back is of no use: `error` says why. */
  | { status: "closed"; code: number; reason: string; error: TopicError | undefined };

/** Why something that was asked of the server failed. */
export class TopicError extends Error {
  override name = "TopicError";
  /** The server's code, or one of the client's own: `closed`, `timeout`, `slow_consumer`. PROTOCOL.md, Error codes. */
  declare readonly code: ErrorCode | "closed" | "timeout" | "slow_consumer";
  /** What it was about. */
  declare readonly topic: string | undefined;

  constructor(code: TopicError["code"], message: string, topic?: string) {
    super(message);
    this.code = code;
    this.topic = topic;
  }
}
