import type { CheckedSelector, DataOf, SelectorOf, TopicOf } from "../protocol/catalogue-types.ts";
import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import type {
  ClientPosition,
  ClientPublished,
  ClientPublishOptions,
  ClientState,
  DirectMessage,
  Message,
  MessageOf,
  Subscribed,
  SubscribeOptions,
  TopicError,
} from "./options.ts";

/** What a client tells beside the messages of its subscriptions. */
export interface ClientEvents {
  /** Each change. */
  state: ClientState;
  /** What was sent to this user or connection, past all topics. */
  direct: DirectMessage;
  /** What failed and nobody else is told of; where nobody follows this, it goes to the console. */
  error: TopicError;
}

/** One caller's subscription. */
export interface Subscription extends Disposable {
  readonly topic: string;
  /** Settles once the server has confirmed it; rejects with a `TopicError` where it does not, or is ended before. */
  readonly ready: Promise<Subscribed>;
  /** Ends it; its function is not called after that. */
  unsubscribe(): void;
}

/** What the server keeps of a topic. PROTOCOL.md, History. */
export interface ClientHistory {
  epoch: string;
  offset: number;
  /** Oldest first. */
  publications: Message[];
  /** Where `since` was given: true where nothing between it and the first publication is missing. */
  recovered?: boolean;
}

/** Who is subscribed to a topic. PROTOCOL.md, Presence. */
export interface ClientPresence {
  users: { user: string; connections: number }[];
  /** True where there are more. */
  truncated?: true;
}

/**
 * A connection to a hub that is kept up: what was subscribed to stays subscribed to, and goes on where it was.
 * `Catalogue` is the type of the hub's catalogue; without it any topic is taken, and data is `unknown`.
 */
export interface TopicClient<Catalogue extends TopicCatalogue = TopicCatalogue> extends Disposable {
  /** What it is doing now. */
  readonly state: ClientState;
  /** Follows what it tells; returns what ends that. */
  on<Name extends keyof ClientEvents>(event: Name, fn: (value: ClientEvents[Name]) => void): () => void;
  /**
   * Follows a topic or a pattern. Callers who follow the same share one subscription of the server.
   * @param fn Gets each message once, in the order in which they come.
   * @throws TopicError where the client is closed.
   */
  subscribe<Selector extends SelectorOf<Catalogue>>(
    topicOrPattern: CheckedSelector<Catalogue, Selector>,
    fn: (message: MessageOf<Catalogue, Selector>) => void,
    options?: SubscribeOptions,
  ): Subscription;
  /**
   * The messages of a topic or a pattern, for `for await`: leaving the loop ends the subscription, and what ended the
   * subscription is thrown there. A loop that leaves 10,000 messages waiting is ended so.
   * @throws TopicError where the client is closed.
   */
  topic<Selector extends SelectorOf<Catalogue>>(
    topicOrPattern: CheckedSelector<Catalogue, Selector>,
    options?: SubscribeOptions,
  ): AsyncIterableIterator<MessageOf<Catalogue, Selector>, undefined>;
  /**
   * Publishes; where the connection is lost meanwhile it is sent again, under one key, so that it is published once.
   * @returns Once the server has accepted it; rejects with a `TopicError`, or with the reason of `signal`.
   */
  publish<Topic extends TopicOf<Catalogue>>(
    topic: Topic,
    data: DataOf<Catalogue, Topic>,
    options?: ClientPublishOptions,
  ): Promise<ClientPublished>;
  /** Who is subscribed to a topic. Rejects with a `TopicError`. */
  presence(topic: string): Promise<ClientPresence>;
  /**
   * What the server keeps of a topic: the newest `limit`, or the next `limit` after `since`. Rejects with a `TopicError`.
   * @param query `limit` is 0 to 1000, 100 unless given.
   */
  history(topic: string, query?: { limit?: number; since?: ClientPosition }): Promise<ClientHistory>;
  /** Connects now where it waits to, and looks whether an open connection is alive. */
  reconnect(): void;
  /** Ends it, and all its subscriptions. */
  close(): void;
}
