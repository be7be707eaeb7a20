/** What a close code says; its range tells a client what to do next. PROTOCOL.md, Close codes. */
export const CloseCode = {
  /** The server drains: reconnect. RFC 6455's registry, 1012. */
  ServiceRestart: 1012,
  /** First-message authentication failed: stop. */
  PolicyViolation: 1008,
  /** A frame over the size limit: stop. */
  MessageTooBig: 1009,
  /** Whether a token is good cannot be told now: reconnect with backoff. RFC 6455's registry, 1013. */
  TryAgainLater: 1013,
  SlowConsumer: 4001,
  NoHeartbeat: 4002,
  PositionLost: 4003,
  TokenExpired: 4100,
  TooManyInvalidMessages: 4500,
  DisconnectedByOperator: 4501,
  UserConnectionLimit: 4503,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** The `code` of an error reply or of an HTTP error body. PROTOCOL.md, Error codes. */
export type ErrorCode =
  | "invalid_json"
  | "missing_field"
  | "unknown_action"
  | "invalid_message"
  | "invalid_topic"
  | "forbidden"
  | "limit_reached"
  | "rate_limited"
  | "unauthorized"
  | "unavailable"
  | "position_lost"
  | "draining"
  | "not_found"
  | "too_large"
  | "conflict";

/** The one subprotocol that a server selects. */
export const SUBPROTOCOL = "topichub.v1";
/** A token may be offered beside it as `bearer.<jwt>`: browsers cannot set headers. */
export const BEARER_SUBPROTOCOL = "bearer.";
