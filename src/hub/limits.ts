/** What one connection may ask of a server; the names are those of the configuration file. */
export interface SessionLimits {
  /** Largest message of a client, in bytes. */
  message_bytes: number;
  /** How deep a message's JSON may nest. */
  json_depth: number;
  /** Most topics and patterns that a connection is subscribed to. */
  subscriptions: number;
  /** Messages that a connection may send in the long run, a second. */
  messages_per_second: number;
  /** Messages that it may send at once. */
  message_burst: number;
  /** Bytes that may wait for a reader, or of its own requests, before it counts as too slow. */
  unsent_bytes: number;
}
