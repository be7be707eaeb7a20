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

  /** @param share Of whom asks for it, where a user does: what it costs to deliver is no part of that. */
  publish(topic: string, data: unknown, options: PublishOptions, share?: Share): Promise<Published> {
    return orElse(this.#publish(topic, data, options, share), this.#failed);
  }

  /** Sends to these connections; gives how many those are. */
  direct(connections: readonly Connection[], message: Message): Promise<number> {
    return orElse(this.#direct(connections, message), this.#failed);
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
    const { topic, type = topic === undefined ? undefined : defaultType(topic) } = message;
    delivery.direct(connections, directFrame({ ...message, type }, clock.now()));
    return connections.length;
  }
}
