import { memoryBroker } from "../broker/memory.ts";
import type { CheckedSelector, DataOf, SelectorOf, TopicOf } from "../protocol/catalogue-types.ts";
import { CloseCode, type ErrorCode } from "../protocol/codes.ts";
import type { ConnectionEntry, TopicEntry, UserEntry } from "../protocol/entries.ts";
import type { ControlMessage } from "../protocol/server-message.ts";
import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import { requireOptions } from "./accepted-options.ts";
import type { Broker, HistoryQuery } from "./broker.ts";
import { Census } from "./census.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Connection, type ConnectionParts } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import { Departures, type Stranger } from "./departures.ts";
import { drainTimes } from "./drain.ts";
import { type Message, type PublishOptions, requireSelector, requireTopic } from "./envelope.ts";
import { Heartbeat } from "./heartbeat.ts";
import { readHistory } from "./history-fields.ts";
import { type ErrorStage, Hooks } from "./hooks.ts";
import { keptLimits } from "./kept-limits.ts";
import type { ConnectOptions, HubSettings, Published, TopicHistory, TopicHubOptions } from "./options.ts";
import { Pacer } from "./pacer.ts";
import type { Page, PageQuery } from "./page.ts";
import type { PublicationOf } from "./publication.ts";
import { Publisher } from "./publisher.ts";
import { Roster } from "./roster.ts";
import { newShares, type Shares } from "./share.ts";
import { type Confirmed, Subscriber, type Wanted } from "./subscriber.ts";
import { type Listener, Subscriptions } from "./subscriptions.ts";
import type { TopicEvent, TopicEventListener } from "./topic-activity.ts";
import { topicRules } from "./topic-rules.ts";

/**
 * Connections, their subscriptions, and the ways to send: to a topic, to a user, to one connection. It
 * knows no runtime and no socket; whoever has one brings it as a `Transport`.
 */
export class TopicHub<Catalogue extends TopicCatalogue = TopicCatalogue> {
  // First of all: where a hub without a catalogue is asked for, the compiler then looks at what one with a catalogue has,
  // and finds that it fits (test/types/typed-topics.test-d.ts).
  /** Those of its topics, by key, where it was made with any. */
  readonly schemas: Readonly<Catalogue["schemas"]> | undefined;
  readonly clock: Clock;
  /** @internal What it was made with, by the names of the configuration. */
  readonly settings: HubSettings;
  /** @internal */
  readonly pacer: Pacer;
  readonly #hooks: Hooks;
  /** @internal What the requests of each user may take. */
  readonly shares: Shares;
  readonly #roster = new Roster();
  readonly #broker: Broker;
  readonly #subscriptions: Subscriptions;
  readonly #delivery: Delivery;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #connectionParts: ConnectionParts;
  readonly #census: Census;
  readonly #departures: Departures;
  readonly #heartbeat: Heartbeat;
  #closing: Promise<void> | undefined;

  /** @throws TypeError that names every option that a hub does not take, and what is wrong in those that it does. */
  constructor(options: TopicHubOptions<Catalogue> = {}) {
    requireOptions(options);
    const { broker = memoryBroker(), clock = systemClock, defaultType = () => undefined, ...rest } = options;
    const { schemas: catalogue, topics, limits, drain, ...hooks } = rest;
    this.schemas = catalogue?.schemas;
    this.clock = clock;
    this.shares = newShares(clock);
    this.#hooks = new Hooks(hooks);
    const rules = topicRules(topics);
    this.settings = { topics: rules.rules, limits: keptLimits(limits), drain: drainTimes(drain) };
    const { kept_topics: keptTopics, kept_bytes: keptBytes } = this.settings.limits;
    this.#departures = new Departures({
      clock,
      drain: this.settings.drain,
      gone: (connection, code, reason) => this.#forget(connection, code, reason),
    });
    this.#heartbeat = new Heartbeat(clock, (connection) =>
      this.disconnect(connection, CloseCode.NoHeartbeat, "No heartbeat"),
    );
    const historyOf = (topic: string) => rules.historyOf(topic);
    this.#broker = broker(
      { deliver: (envelope, position) => this.#delivery.deliver(envelope, position) },
      { clock, historyOf, keptTopics, keptBytes },
    );
    this.pacer = new Pacer(clock, (error) => this.fail(error, "delivery"));
    this.#subscriptions = new Subscriptions(this.#broker, (error, stage) => this.fail(error, stage));
    this.#delivery = new Delivery(this.#subscriptions, rules, {
      tooSlow: (connection) => this.#departures.cut(connection),
      failed: (error) => this.fail(error, "delivery"),
    });
    const parts = { broker: this.#broker, delivery: this.#delivery, hooks: this.#hooks };
    const isClosed = () => this.#departures.isClosed;
    this.#publisher = new Publisher({ ...parts, clock, catalogue, defaultType, isClosed });
    this.#subscriber = new Subscriber({ ...parts, subscriptions: this.#subscriptions, rules });
    this.#connectionParts = {
      clock,
      pacer: this.pacer,
      broker: this.#broker,
      lost: (connection, topic) => this.#positionLost(connection, topic),
      failed: (error) => this.fail(error, "broker"),
    };
    this.#census = new Census(this.#roster, this.#subscriptions.connections);
  }

  /**
   * Adds a connection.
   * @throws Error where the hub is closed, or about to be.
   */
  connect(options: ConnectOptions): Connection {
    if (this.#departures.isClosing) throw new Error("The hub is closed: it takes no connections");
    const { greeting, ...parts } = options;
    const share = this.shares.of(parts.principal.user);
    const connection = new Connection(parts, share, this.#connectionParts);
    this.#roster.add(connection);
    if (parts.heartbeat) this.#heartbeat.add(connection, parts.heartbeat);
    for (const message of greeting?.(connection) ?? []) this.tell(connection, message);
    this.#hooks.run((hooks) => hooks.onConnect?.(connection));
    return connection;
  }

  /**
   * Ends a connection and closes its socket.
   * @param code 1000, 1001, 1008 to 1013, or 3000 to 4999.
   * @param reason At most 123 bytes of UTF-8 (RFC 6455, section 5.5).
   * @throws TypeError for another code or a longer reason.
   */
  disconnect(connection: Connection, code: number, reason: string): void {
    this.#departures.disconnect(connection, code, reason);
  }

  /** @internal Takes note that a connection's socket has closed, by whomever. */
  disconnected(connection: Connection, code: number, reason: string): void {
    this.#departures.disconnected(connection, code, reason);
  }

  /**
   * Subscribes a connection to topics and patterns, all at one moment; those that it has already stay. What it missed
   * since the position that stands with one is sent then, also where it has that one already.
   * @param confirmed Called at that moment with what can be said of each: what it sends to the connection comes before
   *   any publication that the new subscriptions select. Not called where the connection has closed.
   * @throws TypeError for what is neither a topic nor a pattern or a position that does not fit it, and whatever keeps
   *   the broker from it.
   */
  subscribe(connection: Connection, topics: Wanted, confirmed?: Confirmed): Promise<void> {
    return this.#subscriber.subscribe(connection, topics, confirmed);
  }

  /** Ends subscriptions; once it returns, the connection gets nothing by them any more. */
  unsubscribe(connection: Connection, topics: string | readonly string[]): void {
    connection.forget(this.#subscriptions.remove(connection, typeof topics === "string" ? [topics] : topics));
  }

  /**
   * Publishes to everyone who is subscribed to the topic.
   * @param data Any value that JSON can hold; it is encoded before this returns.
   * @returns Once the broker has accepted it; with the memory broker it is queued for every recipient before
   *   this returns. A rejection that nobody awaits goes to `onError`.
   * @throws TypeError for a bad topic or type, for data that JSON cannot hold or the topic's schema refuses, and for a
   *   schema that is not synchronous.
   */
  publish<Topic extends TopicOf<Catalogue>>(
    topic: Topic,
    data: DataOf<Catalogue, Topic>,
    options: PublishOptions = {},
  ): Promise<Published> {
    return this.#publisher.publish(topic, data, options);
  }

  /**
   * @internal What of a message is delivered, once its topic's schema has looked at it.
   * @throws MessageRefused where it is the publisher's fault, and whatever a schema throws.
   */
  accept<M extends Message>(message: M): M {
    return this.#publisher.accept(message);
  }

  /** @internal Publishes what `accept` gave, for a user who asks for it and within that user's share of the time. */
  publishFor(user: string, topic: string, data: unknown, options: PublishOptions): Promise<Published> {
    return this.#publisher.publishAccepted(topic, data, options, this.shares.of(user));
  }

  /**
   * Receives publications in this process.
   * @param options `passive`: it does not count as a subscriber, so that nothing is sampled for it.
   * @returns What ends it.
   * @throws TypeError for what is neither a topic nor a pattern.
   */
  listen<Selector extends SelectorOf<Catalogue>>(
    topicOrPattern: CheckedSelector<Catalogue, Selector>,
    fn: Listener<PublicationOf<Catalogue, Selector>>,
    options: { passive?: boolean } = {},
  ): () => void {
    requireSelector(topicOrPattern);
    // The schemas see to it, which no compiler can follow.
    const listener = fn as Listener;
    return this.#subscriptions.listen(topicOrPattern, listener, options.passive === true);
  }

  /** Reads a topic's history; undefined where the topic keeps none. */
  async history(topic: string, query: HistoryQuery = {}): Promise<TopicHistory | undefined> {
    requireTopic(topic);
    return readHistory(this.#broker, topic, query);
  }

  /** True while somebody is subscribed to the topic, by its name or by a pattern. */
  hasSubscribers(topic: string): boolean {
    return this.#subscriptions.select(topic);
  }

  /** Follows the first subscriber of a topic or pattern coming, or the last one going; returns what ends that. */
  on(event: TopicEvent, fn: TopicEventListener): () => void {
    return this.#subscriptions.activity.on(event, fn);
  }

  /** Sends to every connection of a user; gives how many those are. Throws as `publish` does. */
  sendToUser(user: string, message: Message): Promise<number> {
    return this.#publisher.direct(this.#roster.ofUser(user), message);
  }

  /** Sends to one connection; gives 1, or 0 where it is not there. Throws as `publish` does. */
  sendToConnection(id: string, message: Message): Promise<number> {
    return this.#publisher.direct(this.#roster.withId(id), message);
  }

  /** Disconnects every connection of a user, with code 4501; gives how many those were. */
  async disconnectUser(user: string): Promise<number> {
    return this.#departures.byOperator(this.#roster.ofUser(user));
  }

  /** Disconnects one connection, with code 4501; gives 1, or 0 where it is not there. */
  async disconnectConnection(id: string): Promise<number> {
    return this.#departures.byOperator(this.#roster.withId(id));
  }

  /** Ends a user's subscriptions to exactly this topic or pattern, and tells them; gives how many those were. */
  async unsubscribeUser(user: string, topicOrPattern: string): Promise<number> {
    const held = this.#roster.ofUser(user).filter(({ subscriptions }) => subscriptions.has(topicOrPattern));
    for (const connection of held) this.revoke(connection, topicOrPattern, "forbidden");
    return held.length;
  }

  /** @internal Ends one subscription and tells the connection why. */
  revoke(connection: Connection, topicOrPattern: string, code: ErrorCode): void {
    this.unsubscribe(connection, topicOrPattern);
    this.tell(connection, { type: "unsubscribed", topic: topicOrPattern, code });
  }

  /** @internal Sends a reply or a control message; a connection too slow even for that is closed with 4001. */
  tell(connection: Connection, message: ControlMessage): void {
    if (connection.isOpen && !connection.outbox.control(message)) this.#departures.cut(connection);
  }

  /** The connections that are open now, in the order in which they came. */
  connections(): Connection[] {
    return this.#roster.all();
  }

  /** The topics and patterns that connections are subscribed to, a page in the order of their names. */
  async listTopics(query: PageQuery = {}): Promise<Page<TopicEntry>> {
    return this.#census.topics(query, (topics) => this.#subscriber.offsetsOf(topics));
  }

  /** The connections that are open, a page in the order of their ids. */
  async listConnections(query: PageQuery = {}): Promise<Page<ConnectionEntry>> {
    return this.#census.connections(query);
  }

  /** Who is subscribed to a topic, by its name or by a pattern; a page in the order of the users' names. */
  async presence(topic: string, query: PageQuery = {}): Promise<Page<UserEntry>> {
    requireTopic(topic);
    return this.#census.presence(topic, query);
  }

  /** How much the hub holds now; `topics` are the topics and patterns that somebody asked for. */
  get size(): { connections: number; users: number; topics: number } {
    return { ...this.#roster.size, topics: this.#subscriptions.size };
  }

  /** How many connections a user has. */
  connectionsOf(user: string): number {
    return this.#roster.ofUser(user).length;
  }

  /** @internal Hands over a failure that nobody else is told of. */
  fail(error: unknown, stage: ErrorStage): void {
    this.#hooks.fail(error, stage);
  }

  /** @internal Closes this peer as well when it closes everybody, until what is returned is called. */
  keep(stranger: Stranger): () => void {
    return this.#departures.keep(stranger);
  }

  /** True from the beginning of the end: the routes take no connection and no publication any more. */
  get isDraining(): boolean {
    return this.#departures.isDraining;
  }

  /** Begins the end: what is connected stays, and what runs in this process may still publish. */
  drain(): void {
    this.#departures.begin();
  }

  /**
   * Closes every connection with 1012, spread over `drain.window_ms`, and tells each how long after that to come
   * back. What runs in this process may still publish to those whose turn has not come.
   * @returns Once their sockets have closed, at the latest shortly before `drain.timeout_ms` is over.
   */
  disconnectAll(): Promise<void> {
    return this.#departures.disconnectAll(this.#roster.all());
  }

  /** Closes every connection as `disconnectAll` does, then the broker; the hub takes nothing after that. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.disconnectAll();
    this.#departures.close();
    await this.#broker.close();
  }

  #positionLost(connection: Connection, topic: string): void {
    for (const selector of connection.selecting(topic)) this.revoke(connection, selector, "position_lost");
  }

  #forget(connection: Connection, code: number, reason: string): void {
    this.#roster.remove(connection);
    this.#heartbeat.remove(connection);
    this.#subscriptions.removeAll(connection);
    this.#hooks.run((hooks) => hooks.onDisconnect?.(connection, code, reason));
  }
}
