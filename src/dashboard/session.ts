import {
  type ClientState,
  connect,
  type DirectMessage,
  type Message,
  type Subscribed,
  type Subscription,
  type TopicClient,
  type TopicError,
} from "../client/index.ts";
import { ServerApi } from "./server-api.ts";
import type { PageSettings } from "./settings.ts";
import type { TokenContent } from "./token.ts";

/** What becomes of what a session hears. */
export interface SessionEvents {
  state(state: ClientState): void;
  message(message: Message): void;
  direct(message: DirectMessage): void;
  subscribed(subscribed: Subscribed): void;
  refused(selector: string, error: TopicError): void;
  gap(topic: string, skipped: number): void;
  failed(error: TopicError): void;
}

/** One user, signed in: the connection, and what is followed over it. */
export class Session {
  readonly content: TokenContent;
  readonly api: ServerApi;
  readonly hub: TopicClient;
  readonly #events: SessionEvents;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(token: string, content: TokenContent, { base, auth }: PageSettings, events: SessionEvents) {
    this.content = content;
    this.api = new ServerApi(base, token);
    this.#events = events;
    this.hub = connect(base, { token, auth });
    this.hub.on("state", (state) => events.state(state));
    this.hub.on("direct", (message) => events.direct(message));
    this.hub.on("error", (error) => events.failed(error));
  }

  /** What is followed now. */
  get selectors(): string[] {
    return [...this.#subscriptions.keys()];
  }

  /** Whether there is any use in offering to publish: the server decides. */
  get mayPublish(): boolean {
    return this.content.publish === undefined || this.content.publish.length > 0;
  }

  /** Follows these, and nothing else that was followed before. */
  follow(selectors: readonly string[]): void {
    if (this.hub.state.status === "closed") return;
    for (const [selector, subscription] of this.#subscriptions) {
      if (selectors.includes(selector)) continue;
      this.#subscriptions.delete(selector);
      subscription.unsubscribe();
    }
    for (const selector of selectors) if (!this.#subscriptions.has(selector)) this.#subscribe(selector);
  }

  end(): void {
    this.hub.close();
  }

  #subscribe(selector: string): void {
    const { message, subscribed, refused, gap } = this.#events;
    const subscription = this.hub.subscribe(selector, message, {
      onSubscribed: subscribed,
      onGap: ({ topic, skipped }) => gap(topic, skipped),
      onEnded: (error) => {
        if (this.#subscriptions.get(selector) === subscription) this.#subscriptions.delete(selector);
        refused(selector, error);
      },
    });
    // `onEnded` tells of it.
    subscription.ready.catch(() => {});
    this.#subscriptions.set(selector, subscription);
  }
}
