import type { Ending } from "./link.ts";
import { TopicError } from "./options.ts";

/** What comes after the end of a connection. */
export type Verdict =
  /** Coming back is of no use: why. */
  | TopicError
  /** At once: with a new token, or by a stream of events. */
  | "renew"
  | "stream"
  /** Later: in how many milliseconds at least; undefined where the server told how many exactly. */
  | number;

// What the codes that mean stop are among the error codes.
const STOPS: Record<number, TopicError["code"]> = {
  1008: "unauthorized",
  1009: "too_large",
  4500: "invalid_message",
  4501: "forbidden",
  4503: "limit_reached",
};

/**
 * Reads the end of a connection. PROTOCOL.md, Close codes.
 * @param canRenew True where another token can be had.
 */
export function verdictOf({ code, reason, refusal }: Ending, canRenew: boolean): Verdict {
  const { status = 0, retryAfterMs = 0, message = reason } = refusal ?? {};
  // The route of streams, which makes the same checks, asks for a topic once all is well.
  if (status === 400) return "stream";
  const range = Math.floor(code / 100);
  const isExpired = status === 401 || range === 41;
  if (isExpired && canRenew) return status === 401 ? 0 : "renew";
  const stop =
    STOPS[code] ?? (isExpired ? "unauthorized" : status === 403 ? "forbidden" : range === 45 && "closed");
  return stop ? new TopicError(stop, message || `Closed with ${code}`) : retryAfterMs;
}
