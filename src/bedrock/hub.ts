/** What the producers use of a `TopicHub`, which fits it as it is. */
export interface ProducerHub extends PublishingHub {
  /** True while somebody is subscribed to the topic, by its name or by a pattern. MUST be cheap. */
  hasSubscribers(topic: string): boolean;
  /**
   * Follows the first subscriber of a topic or pattern (`resource-monitor:*`) coming and its last one going.
   * MUST call `fn` only once `hasSubscribers` says the same.
   * @returns What ends that.
   */
  on(event: "topicActive" | "topicIdle", fn: (topicOrPattern: string) => void): () => void;
  /**
   * Receives publications in this process; `passive` does not count as a subscriber.
   * @returns What ends that.
   */
  listen(
    pattern: string,
    fn: (publication: { topic: string; type: string; data: unknown }) => void,
    options?: { passive?: boolean },
  ): () => void;
}

/** What tells of events. */
export interface PublishingHub {
  publish(topic: string, data: unknown, options?: { type?: string }): Promise<unknown>;
}

/** What tasks use of a `TopicHub`: the ways past all topics, to one user and to one connection. */
export interface DirectHub {
  sendToUser(user: string, message: DirectMessage): Promise<unknown>;
  /** @param id Of the connection. */
  sendToConnection(id: string, message: DirectMessage): Promise<unknown>;
}

/** What is sent to a user or to a connection. */
export interface DirectMessage {
  topic: string;
  type: string;
  data: unknown;
}
