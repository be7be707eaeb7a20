import type { Context, TypedResponse } from "hono";
import { followExpiry } from "../hub/expiry.ts";
import type { Principal } from "../hub/principal.ts";
import { subscribeExcept } from "../hub/requests.ts";
import type { SessionPolicy } from "../hub/session.ts";
import type { Selection, SelectionRequest } from "../protocol/client-message.ts";
import type { Echo, Reply } from "../protocol/server-message.ts";
import type { Place } from "./admission.ts";
import { busy, leaving } from "./entrance.ts";
import { type ErrorResponse, errorResponse, RETRY_LATER } from "./errors.ts";
import type { Runtime } from "./runtime.ts";
import { selectionsSince } from "./sse-query.ts";
import { SseTransport } from "./sse-transport.ts";
import { SseWire } from "./sse-wire.ts";
import { readId } from "./stream-id.ts";
import type { Streams } from "./streams.ts";

/** The answer that is a stream. */
export type StreamResponse = Response & TypedResponse<ReadableStream<Uint8Array>, 200, "body">;

/** What all streams of a route share. */
export interface StreamParts {
  policy: SessionPolicy;
  runtime: Runtime;
  streams: Streams;
}

const HEADERS = {
  "Content-Type": "text/event-stream",
  // No middleware and no proxy is to compress it, and hold it back for that.
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
};

/** Who asks for a stream, and for which. */
export interface Reader {
  principal: Principal;
  place: Place;
  topics: readonly string[];
  /** The id of the last event that it had; empty where it resumes nothing. */
  lastId: string;
}

/** Connects the reader to the hub and, once it is subscribed, answers with its stream. */
export async function openStream(
  c: Context,
  { policy, runtime, streams }: StreamParts,
  { principal, place, topics, lastId }: Reader,
): Promise<StreamResponse | ErrorResponse<503>> {
  const { hub, limits, heartbeat } = policy;
  // The stop may have begun while the token or the grants were looked at.
  if (hub.isDraining) return leaving(place, busy(c, "draining", "The server is stopping"));
  const { drop, isGone } = runtime.holdOpen(c);
  const transport = new SseTransport({
    drop,
    closed(code, reason) {
      place.leave();
      streams.remove(transport);
      cancelExpiry();
      hub.disconnected(connection, code, reason);
    },
  });
  const since = readId(lastId);
  const wire = new SseWire(since);
  place.opened();
  const connection = hub.connect({
    principal,
    transport,
    unsentLimit: limits.unsent_bytes,
    heartbeat,
    wire,
  });
  const cancelExpiry = followExpiry(hub, connection);
  streams.add(transport);
  whenGone(c.req.raw.signal, () => transport.left());
  if (isGone()) transport.left();
  const selections = lastId === "" ? topics.map((topic) => ({ topic })) : selectionsSince(topics, since);
  const caller = { policy, connection, reply: (reply: Reply) => hub.tell(connection, reply) };
  try {
    await subscribeExcept(caller, requestOf(selections), [], echoOf(topics));
  } catch (error) {
    hub.fail(error, "session");
    transport.left();
    return errorResponse(c, 503, "unavailable", "The request failed, try again", { headers: RETRY_LATER });
  }
  return c.body(transport.body, 200, HEADERS);
}

/** Several topics are answered as a list is, and one as one. */
function requestOf(selections: Selection[]): SelectionRequest {
  return { action: "subscribe", selections, isList: selections.length > 1 };
}

function echoOf([topic = "", ...others]: readonly string[]): Echo {
  return others.length > 0 ? { action: "subscribe" } : { action: "subscribe", topic };
}

// Not every server cancels the body of a response that it has not begun to send.
function whenGone(signal: AbortSignal, fn: () => void): void {
  if (signal.aborted) fn();
  else signal.addEventListener("abort", fn, { once: true });
}
