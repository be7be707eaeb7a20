import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import type { Broker } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import { directFrame, envelope, type Message, type PublishOptions } from "./envelope.ts";
import type { Hooks } from "./hooks.ts";
import type { Published } from "./options.ts";
import type { Share } from "./share.ts";
import { orElse } from "./unheard.ts";

/** What a publisher is made of. */
interface PublisherOptions {
  broker: Broker;
  delivery: Delivery;
  clock: Clock;
  /** Whose schemas make of data what is delivered. */
  catalogue: TopicCatalogue | undefined;
  defaultType: (topic: string) => string | undefined;
  /** Told of a failure that nobody awaits. */
  hooks: Hooks;
  /** True once nothing is published any more. */
  isClosed(): boolean;
}

/** Encodes what is sent, and brings it to the broker or, past all topics, to connections. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #failed = (error: unknown) => this.#options.hooks.fail(error, "publish");

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  publish(topic: string, data: unknown, options: PublishOptions): Promise<Published> {
    const { catalogue } = this.#options;
    if (!catalogue) return this.publishAccepted(topic, data, options);
    return orElse(this.#acceptAndPublish(topic, data, options), this.#failed);
  }

  /**
   * Publishes what `accept` gave.
   * @param share Of whom asks for it, where a user does: what it costs to deliver is no part of that.
   */
  publishAccepted(topic: string, data: unknown, options: PublishOptions, share?: Share): Promise<Published> {
    return orElse(this.#publish(topic, data, options, share), this.#failed);
  }

  /**
   * What of a message is delivered: its data as the topic's schema has it.
   * @throws MessageRefused for what may not be published, and whatever a schema throws.
   */
  accept<M extends Message>(message: M): M {
    const { catalogue } = this.#options;
    if (!catalogue || message.topic === undefined) return message;
    return { ...message, data: catalogue.accept(message.topic, message.data) };
  }

  /** Sends to these connections; gives how many those are. */
  direct(connections: readonly Connection[], message: Message): Promise<number> {
    return orElse(this.#direct(connections, message), this.#failed);
  }

  async #acceptAndPublish(topic: string, data: unknown, options: PublishOptions): Promise<Published> {
    return this.#publish(topic, this.accept({ topic, data }).data, options, undefined);
  }

  async #publish(
    topic: string,
    data: unknown,
    options: PublishOptions,
    share: Share | undefined,
  ): Promise<Published> {
    const { broker, clock, defaultType, isClosed } = this.#options;
    if (isClosed()) throw new Error("The hub is closed: it takes no publications");
    const { type = defaultType(topic) } = options;
    const encode = () => envelope(topic, data, type, clock.now());
    const encoded = share ? share.measure(encode) : encode();
    const send = () => broker.publish(encoded);
    const position = await (share ? share.leaveOut(send) : send());
    return { topic, ...position };
  }

  async #direct(connections: readonly Connection[], message: Message): Promise<number> {
    const { delivery, clock, defaultType } = this.#options;
    const accepted = this.accept(message);
    const { topic, type = topic === undefined ? undefined : defaultType(topic) } = accepted;
    delivery.direct(connections, directFrame({ ...accepted, type }, clock.now()));
    return connections.length;
  }
}
