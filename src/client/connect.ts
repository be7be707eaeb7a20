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

  const tell = <Name extends keyof ClientEvents>(event: Name, value: ClientEvents[Name]) => {
    for (const fn of listeners[event]) call(fn, value);
  };
  const failed = (error: TopicError) => {
    if (listeners.error.size > 0) tell("error", error);
    else console.error(error);
  };
  const requests = createRequests(clock);
  const followers = createFollowers(failed, (ms) => clock.after(ms, ask));
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
          followers.endAll(state.error);
          requests.close(closed());
        }
        tell("state", state);
      },
    },
  );
  const closed = () => {
    const { state } = connector;
    return (state.status === "closed" && state.error) || new TopicError("closed", "The client is closed");
  };
  const requireOpen = () => {
    if (connector.state.status === "closed") throw closed();
  };
  const request = async (asked: Request, how: ClientPublishOptions = {}) => {
    requireOpen();
    // In the order of the calls: who subscribes and then publishes gets it.
    askNow();
    return requests.ask(asked, how);
  };
  const follow = (follower: Follower, signal: AbortSignal | undefined): Subscription => {
    requireOpen();
    const { topic, ready } = follower;
    const unsubscribe = () => {
      signal?.removeEventListener("abort", unsubscribe);
      followers.end(follower);
      ask();
    };
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
    async publish(topic, data, { type, idempotencyKey: key = crypto.randomUUID(), ...how } = {}) {
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
