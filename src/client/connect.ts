import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import { platformClock } from "./clock.ts";
import { createConnector } from "./connector.ts";
import { call, createFollower, type Follower } from "./follower.ts";
import { createFollowers } from "./followers.ts";
import type { Request, Result } from "./link.ts";
import { createMessages } from "./messages.ts";
import { type ClientOptions, type ClientPublishOptions, TopicError } from "./options.ts";
import { createRequests } from "./requests.ts";
import type {
  ClientEvents,
  ClientHistory,
  ClientPresence,
  Subscription,
  TopicClient,
} from "./topic-client.ts";

/**
 * Connects to a hub, and keeps the connection up until `close`.
 * @param url Where its routes are mounted, such as `/live` in a browser or `https://api.example/live`.
 * @typeParam Catalogue That of the hub, as `connect<typeof topics>(…)`: the compiler then knows topics and data.
 * @throws TypeError for what is no such address, and where the platform has no WebSocket and none is given.
 */
export function connect<Catalogue extends TopicCatalogue = TopicCatalogue>(
  url: string | URL,
  options?: ClientOptions,
): TopicClient<Catalogue>;
export function connect(url: string | URL, options: ClientOptions = {}): TopicClient {
  const { clock = platformClock, signal: ending } = options;
  const listeners: { [Name in keyof ClientEvents]: Set<(value: ClientEvents[Name]) => void> } = {
    state: new Set(),
    direct: new Set(),
    error: new Set(),
  };
  let isAsking = false;
  let again = () => {};
  /** Why nothing can be asked any more. */
  let over: TopicError | undefined;

  const tell = <Name extends keyof ClientEvents>(event: Name, value: ClientEvents[Name]) => {
    for (const fn of listeners[event]) call(fn, value);
  };
  const failed = (error: TopicError) => {
    if (listeners.error.size > 0) tell("error", error);
    else console.error(error);
  };
  const requests = createRequests(clock);
  const followers = createFollowers(failed, (ms) => {
    again();
    again = clock.after(ms, ask);
  });
  // What is asked for in one turn goes out together.
  const ask = () => {
    if (!isAsking) queueMicrotask(askNow);
    isAsking = true;
  };
  const askNow = () => {
    isAsking = false;
    const { link } = connector;
    if (link) followers.ask(link);
  };
  const connector = createConnector(
    url,
    { ...options, clock },
    {
      ...followers,
      failed,
      direct: (message) => tell("direct", message),
      unsubscribed(topic, code) {
        followers.unsubscribed(topic, code);
        ask();
      },
      changed() {
        const { link, state } = connector;
        if (link) askNow();
        else followers.lost();
        requests.use(link);
        if (state.status === "closed") {
          over = state.error ?? new TopicError("closed", "The client is closed");
          again();
          ending?.removeEventListener("abort", close);
          followers.endAll(state.error);
          requests.close(over);
        }
        // Whoever is told may change it: the others are told of what it is then.
        for (const fn of listeners.state) if (connector.state === state) call(fn, state);
      },
    },
  );
  const request = async (asked: Request, how: ClientPublishOptions = {}) => {
    if (over) throw over;
    // In the order of the calls: who subscribes and then publishes gets it.
    askNow();
    // As it is now: what is sent again is the same, and what is no JSON fails here and nothing else.
    return requests.ask(JSON.parse(JSON.stringify(asked)), how);
  };
  const follow = (follower: Follower, signal: AbortSignal | undefined): Subscription => {
    if (over) throw over;
    const { topic, ready } = follower;
    const unsubscribe = () => {
      followers.end(follower);
      ask();
    };
    follower.forget = () => signal?.removeEventListener("abort", unsubscribe);
    followers.add(follower);
    signal?.addEventListener("abort", unsubscribe);
    if (signal?.aborted) unsubscribe();
    ask();
    return { topic, ready, unsubscribe, [Symbol.dispose]: unsubscribe };
  };
  const close = () => connector.close();

  ending?.addEventListener("abort", close);
  if (ending?.aborted) close();
  return {
    get state() {
      return connector.state;
    },
    on(event, fn) {
      listeners[event].add(fn);
      return () => listeners[event].delete(fn);
    },
    subscribe: (topic, fn, how = {}) => follow(createFollower(topic, fn, how), how.signal),
    topic(topic, how = {}) {
      const messages = createMessages(() => subscription.unsubscribe());
      const subscription = follow(createFollower(topic, messages.push, how, messages.end), how.signal);
      return messages;
    },
    // A page that came without TLS has no `randomUUID`. Nobody gains by guessing: each user has keys of their own.
    async publish(
      topic,
      data,
      { type, idempotencyKey: key = `${Math.random()}${Math.random()}`, ...how } = {},
    ) {
      const asked = { action: "publish", topic, data, type, idempotency_key: key };
      const { epoch, offset } = await request(asked, how);
      return { topic, epoch, offset };
    },
    presence: (topic) => request({ action: "presence", topic }) as Promise<Result & ClientPresence>,
    history: (topic, query) =>
      request({ action: "history", topic, ...query }) as Promise<Result & ClientHistory>,
    reconnect: () => connector.wake(),
    close,
    [Symbol.dispose]: close,
  };
}
