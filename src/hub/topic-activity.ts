/** The first subscriber of a topic or pattern came, or the last one went: for who samples or tails something. */
export type TopicEvent = "topicActive" | "topicIdle";
/** Gets the topic or pattern that became active or idle. */
export type TopicEventListener = (topicOrPattern: string) => void;

/** The listeners of topic events. What one of them throws goes to `onError` and stops no other. */
export class TopicActivity {
  readonly #listeners: Record<TopicEvent, Set<TopicEventListener>> = {
    topicActive: new Set(),
    topicIdle: new Set(),
  };
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on(event: TopicEvent, fn: TopicEventListener): () => void {
    this.#listeners[event].add(fn);
    return () => void this.#listeners[event].delete(fn);
  }

  emit(event: TopicEvent, selector: string): void {
    for (const fn of [...this.#listeners[event]]) {
      try {
        const result: unknown = fn(selector);
        if (result instanceof Promise) result.catch(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
