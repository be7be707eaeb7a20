import type {
  ClientState,
  Message,
  Subscribed,
  SubscribeOptions,
  TopicError,
} from "../../src/client/options.ts";
import type { Subscription, TopicClient } from "../../src/client/topic-client.ts";
import { eventually } from "./deadline.ts";

/** What one subscription of the client library was told. */
export interface Following {
  readonly messages: readonly Message[];
  /** As `topic#offset=data`, or without an offset `topic=data`. */
  readonly told: readonly string[];
  readonly confirmations: readonly Subscribed[];
  readonly ended: readonly TopicError[];
  readonly subscription: Subscription;
  /** Settles once so many messages came; 5 s unless told. */
  have(count: number, ms?: number): Promise<readonly string[]>;
  /** Settles once it was confirmed so many times. */
  confirmed(times: number, ms?: number): Promise<void>;
}

export function follow(client: TopicClient, topic: string, options: SubscribeOptions = {}): Following {
  const messages: Message[] = [];
  const told: string[] = [];
  const confirmations: Subscribed[] = [];
  const ended: TopicError[] = [];
  const take = (message: Message) => {
    const { offset, data } = message;
    messages.push(message);
    told.push(`${message.topic}${offset === undefined ? "" : `#${offset}`}=${JSON.stringify(data)}`);
  };
  const subscription = client.subscribe(topic, take, {
    onSubscribed: (subscribed) => void confirmations.push(subscribed),
    onEnded: (error) => void ended.push(error),
    ...options,
  });
  return {
    messages,
    told,
    confirmations,
    ended,
    subscription,
    async have(count, ms = 5000) {
      await eventually(
        () => told.length >= count,
        ms,
        () => `${count} messages of ${topic}, got ${told}`,
      );
      return told;
    },
    async confirmed(times, ms = 5000) {
      await eventually(() => confirmations.length >= times, ms, `confirmation ${times} of ${topic}`);
    },
  };
}

/** Settles once the client is in a state; gives it. */
export async function stateOf<Status extends ClientState["status"]>(
  client: TopicClient,
  status: Status,
  ms = 5000,
): Promise<ClientState & { status: Status }> {
  const found = () => client.state.status === status && (client.state as ClientState & { status: Status });
  return eventually(found, ms, () => `${status}, is ${JSON.stringify(client.state)}`);
}
