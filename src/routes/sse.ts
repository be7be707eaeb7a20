import type { Handler, TypedResponse } from "hono";
import type { BlankEnv } from "hono/types";
import { findToken } from "../auth/find-token.ts";
import { admit, type Entrance, enter, leaving } from "./entrance.ts";
import { type ErrorResponse, errorResponse } from "./errors.ts";
import type { Runtime } from "./runtime.ts";
import { grantFault, readTopics } from "./sse-query.ts";
import { openStream, type StreamResponse } from "./sse-stream.ts";
import { STOP_ID } from "./stream-id.ts";
import { Streams } from "./streams.ts";

export interface SseOptions extends Entrance {
  runtime: Runtime;
  /** Longest silence of the server, in milliseconds. */
  silenceMs: number;
}

/** How a typed client calls it; `$url` gives what an `EventSource` takes. */
export type SseInput = { in: { query: { topic: string | string[]; token?: string } } };
type Stop = Response & TypedResponse<null, 204, "body">;
/** What a typed client may get of it. 500 comes of what throws. */
export type SseResponse = StreamResponse | Stop | ErrorResponse<400 | 401 | 403 | 404 | 429 | 500 | 503>;

/** `GET /sse`: every check comes before the stream. PROTOCOL.md, Server-Sent Events. */
export function sseRoute(options: SseOptions): Handler<BlankEnv, string, SseInput, Promise<SseResponse>> {
  const { policy, runtime, tokenPlaces, silenceMs } = options;
  const parts = { policy, runtime, streams: new Streams(policy.hub.clock, silenceMs) };
  return async (c) => {
    // Hono brings HEAD here as well.
    if (c.req.method !== "GET") return errorResponse(c, 404, "not_found", "A stream of events takes GET");
    const lastId = c.req.header("last-event-id") ?? "";
    if (lastId === STOP_ID) return c.body(null, 204, { "Cache-Control": "no-store" });
    const place = enter(c, options);
    if (place instanceof Response) return place;
    try {
      const principal = await admit(c, options, place, findToken(c.req, tokenPlaces));
      if (principal instanceof Response) return leaving(place, principal);
      return await policy.hub.shares.of(principal.user).take(async () => {
        const topics = readTopics(c, policy.limits.subscriptions, tokenPlaces.query);
        if (topics instanceof Response) return leaving(place, topics);
        const refused = await grantFault(c, policy, principal, topics);
        if (refused) return leaving(place, refused);
        return openStream(c, parts, { principal, place, topics, lastId });
      });
    } catch (error) {
      place.leave();
      throw error;
    }
  };
}
