/** A topic or pattern that connections are subscribed to, in a list of them. PROTOCOL.md, Lists. */
export interface TopicEntry {
  topic: string;
  /** How many connections are subscribed to exactly this topic or pattern. */
  subscribers: number;
  /** Number of its last publication, where the topic has history. */
  offset?: number;
}

/** An open connection, in a list of them. PROTOCOL.md, Lists. */
export interface ConnectionEntry {
  connection: string;
  user: string;
  /** The topics and patterns that it is subscribed to. */
  topics: string[];
  /** Milliseconds since 1970. */
  connected_at: number;
  /** Bytes that its reader has not taken yet. */
  unsent_bytes: number;
}

/** A user who is subscribed to a topic. PROTOCOL.md, Presence. */
export interface UserEntry {
  user: string;
  /** How many of the user's connections are subscribed to it, each counted once. */
  connections: number;
}
