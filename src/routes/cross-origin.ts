import type { MiddlewareHandler } from "hono";
import { type AllowedOrigins, isAllowedOrigin } from "../auth/origin.ts";

/** How long a browser may keep the answer to a preflight, in seconds. */
const PREFLIGHT_S = "600";
const HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID";

/**
 * Lets pages of other origins ask, and read the answers, where those may connect. Fetch standard, CORS protocol.
 * Without `allowed` it does nothing: the application may have its own.
 */
export function crossOrigin(allowed: AllowedOrigins): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    if (allowed === undefined || origin === undefined || !isAllowedOrigin(origin, undefined, allowed))
      return next();
    const isPreflight =
      c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
    // Where everybody may connect, cookies do not count.
    c.header("Access-Control-Allow-Origin", allowed === "*" ? "*" : origin);
    if (allowed !== "*") c.header("Access-Control-Allow-Credentials", "true");
    c.header("Access-Control-Expose-Headers", "Retry-After, X-Topichub-Error");
    c.header("Vary", "Origin", { append: true });
    if (!isPreflight) return next();
    c.header("Access-Control-Allow-Methods", "GET, POST");
    c.header("Access-Control-Allow-Headers", HEADERS);
    c.header("Access-Control-Max-Age", PREFLIGHT_S);
    return c.body(null, 204);
  };
}
