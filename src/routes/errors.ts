import type { Context, ErrorHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { TopicHub } from "../hub/topic-hub.ts";
import type { ErrorCode } from "../protocol/codes.ts";

/** For who is refused now and welcome in some seconds. RFC 9110, section 10.2.3. */
export const RETRY_LATER: Record<string, string> = { "Retry-After": "5" };

/** What an error's body holds beyond its code and message. */
type Rest = Record<string, unknown>;

/** An error as the contract's HTTP surface has it: a JSON body, and the code in a header of its own. */
export function errorResponse(
  c: Context,
  status: ContentfulStatusCode,
  code: ErrorCode,
  message: string,
  { headers = {}, ...rest }: Rest & { headers?: Record<string, string> } = {},
): Response {
  const body = { status: "error", code, message, ...rest };
  return c.json(body, status, { ...headers, "X-Topichub-Error": code, "Cache-Control": "no-store" });
}

/** Answers what a route threw. */
export function requestError(hub: TopicHub): ErrorHandler {
  return (error, c) => {
    hub.fail(error, "request");
    return errorResponse(c, 500, "unavailable", "The request failed on the server");
  };
}

/** 401 with its challenge. RFC 6750, section 3. */
export function unauthorized(c: Context, message: string, hasToken: boolean): Response {
  const challenge = hasToken ? `Bearer error="invalid_token", error_description="${message}"` : "Bearer";
  return errorResponse(c, 401, "unauthorized", message, { headers: { "WWW-Authenticate": challenge } });
}

/** For what the protocol names and this version does not have. */
export function notOffered(c: Context, what = `${c.req.method} ${c.req.path}`): Response {
  return errorResponse(c, 501, "unavailable", `${what} is not offered by this version`);
}
