import { CloseCode } from "../protocol/codes.ts";
import { callAt } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { TopicHub } from "./topic-hub.ts";

/** Closes a connection with 4100 when its token ends; returns what stops that. */
export function followExpiry(hub: TopicHub, connection: Connection): () => void {
  const { expiresAt } = connection.principal;
  // A renewal may come back after the end, and must not keep a timer then.
  if (expiresAt === undefined || !connection.isOpen) return () => {};
  return callAt(hub.clock, expiresAt, () =>
    hub.disconnect(connection, CloseCode.TokenExpired, "Token expired"),
  );
}
