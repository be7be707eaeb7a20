import type { Context, ErrorHandler, TypedResponse } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Refusal } from "../hub/idempotency.ts";
import type { Published } from "../hub/options.ts";
import type { TopicHub } from "../hub/topic-hub.ts";
import type { ErrorCode } from "../protocol/codes.ts";

/** For who is refused now and welcome in some seconds. RFC 9110, section 10.2.3. */
export const RETRY_LATER: Record<string, string> = { "Retry-After": "5" };

/** The body of an error over HTTP. PROTOCOL.md, Error codes. */
export interface ErrorBody {
  status: "error";
  code: ErrorCode;
  message: string;
  /** Milliseconds after which trying again makes sense, with `rate_limited`. */
  retry_after_ms?: number;
  /** What became of the messages, where publishing failed on the server. */
  outcome?: "none" | "unknown";
  /** The messages that were published before it broke off. */
  published?: Published[];
}

/** An error's response, as a typed client reads it. */
export type ErrorResponse<Status extends ContentfulStatusCode> = Response &
  TypedResponse<ErrorBody, Status, "json">;

/** What an error's body holds beyond its code and message. */
type Rest = Record<string, unknown>;

/** An error as the contract's HTTP surface has it: a JSON body, and the code in a header of its own. */
export function errorResponse<Status extends ContentfulStatusCode>(
  c: Context,
  status: Status,
  code: ErrorCode,
  message: string,
  { headers = {}, ...rest }: Rest & { headers?: Record<string, string> } = {},
): ErrorResponse<Status> {
  const body: ErrorBody = { status: "error", code, message, ...rest };
  return c.json(body, status, { ...headers, "X-Topichub-Error": code, "Cache-Control": "no-store" });
}

/** Answers what a route threw. */
export function requestError(hub: TopicHub): ErrorHandler {
  return (error, c) => {
    // Of a Host such as 256.256.256.256 node-server makes no URL, and says so only where the request is looked at.
    if (!URL.canParse(c.req.url)) return errorResponse(c, 400, "invalid_message", "The Host is malformed");
    hub.fail(error, "request");
    return errorResponse(c, 500, "unavailable", "The request failed on the server");
  };
}

/** 401 with its challenge. RFC 6750, section 3. */
export function unauthorized(c: Context, message: string, hasToken: boolean): ErrorResponse<401> {
  const challenge = hasToken ? `Bearer error="invalid_token", error_description="${message}"` : "Bearer";
  return errorResponse(c, 401, "unauthorized", message, { headers: { "WWW-Authenticate": challenge } });
}

/** For what would send something while the server stops; `published` was before. */
export function draining(c: Context, published: Published[] = []): ErrorResponse<503> {
  const rest = published.length > 0 ? { outcome: "unknown", published } : { outcome: "none" };
  return errorResponse(c, 503, "draining", "The server is stopping", { ...rest, headers: RETRY_LATER });
}

/** For an idempotency key that is not to be had. */
export function conflict(c: Context, refusal: Refusal): ErrorResponse<409 | 422> {
  if (refusal === "mismatched") {
    const message = "'Idempotency-Key' was used for another request in the last 5 minutes";
    return errorResponse(c, 422, "conflict", message);
  }
  const message = "The request with this 'Idempotency-Key' is still running";
  return errorResponse(c, 409, "conflict", message, { headers: { "Retry-After": "1" } });
}

/** For what `authorize` threw at. */
export function undecided(c: Context, rest: Pick<ErrorBody, "outcome"> = {}): ErrorResponse<503> {
  return errorResponse(c, 503, "unavailable", "Whether this is granted could not be told, try again", rest);
}

/** For what the protocol names and this version does not have. */
export function notOffered(c: Context): ErrorResponse<501> {
  const what = `${c.req.method} ${c.req.path}`;
  return errorResponse(c, 501, "unavailable", `${what} is not offered by this version`);
}
