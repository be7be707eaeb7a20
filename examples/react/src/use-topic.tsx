// Hooks on the client library. For a page of yours copy this file, and put the type of your catalogue into `AppTopics`.
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import type { CheckedSelector, SelectorOf } from "topichub";
import type { MessageOf, TopicClient, TopicError } from "topichub/client";
import type { topics } from "../topics.mjs";

type AppTopics = typeof topics;
type Client = TopicClient<AppTopics>;

const HubContext = createContext<Client | null>(null);

/** Has the hooks of everything within it use this client. */
export function TopicHubProvider({ client, children }: { client: Client; children: ReactNode }) {
  return <HubContext value={client}>{children}</HubContext>;
}

/** The client itself, to publish and to ask. */
export function useTopicHub(): Client {
  const client = useContext(HubContext);
  if (!client) throw new Error("There is no TopicHubProvider round this component");
  return client;
}

/** What the connection is doing. */
export function useConnection() {
  const client = useTopicHub();
  const store = useMemo(
    () => ({ follow: (changed: () => void) => client.on("state", changed), now: () => client.state }),
    [client],
  );
  return useSyncExternalStore(store.follow, store.now);
}

/** What is known of a topic or a pattern. */
export interface Followed<Message> {
  /** The newest at the end. */
  messages: readonly Message[];
  /** False where the connection was lost and something may be missing; true where all of it came. */
  recovered?: boolean | undefined;
  /** Why nothing comes any more. */
  error?: TopicError;
}

/** The newest messages of a topic or a pattern, since this component is there: 100 unless told. */
export function useMessages<Selector extends SelectorOf<AppTopics>>(
  topicOrPattern: CheckedSelector<AppTopics, Selector>,
  { limit = 100 } = {},
): Followed<MessageOf<AppTopics, Selector>> {
  const client = useTopicHub();
  const store = useMemo(() => {
    let followed: Followed<MessageOf<AppTopics, Selector>> = { messages: [] };
    const follow = (changed: () => void) => {
      const set = (change: Partial<typeof followed>) => {
        followed = { ...followed, ...change };
        changed();
      };
      const { unsubscribe } = client.subscribe(
        topicOrPattern,
        (message) => set({ messages: [...followed.messages, message].slice(-limit) }),
        { onSubscribed: ({ recovered }) => set({ recovered }), onEnded: (error) => set({ error }) },
      );
      return unsubscribe;
    };
    return { follow, now: () => followed };
  }, [client, topicOrPattern, limit]);
  return useSyncExternalStore(store.follow, store.now);
}

/** The newest message of a topic or a pattern. */
export function useTopic<Selector extends SelectorOf<AppTopics>>(
  topicOrPattern: CheckedSelector<AppTopics, Selector>,
) {
  const { messages, ...followed } = useMessages(topicOrPattern, { limit: 1 });
  return { message: messages.at(-1), ...followed };
}
