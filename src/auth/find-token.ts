import { parse } from "hono/utils/cookie";
import { BEARER_SUBPROTOCOL } from "../protocol/codes.ts";

/** The parts of a request in which a token may stand. */
export interface TokenCarrier {
  header(name: string): string | undefined;
  query(name: string): string | undefined;
}

/** Where to look beside the `Authorization` header and the subprotocols. */
export interface TokenPlaces {
  /** Name of the cookie; undefined where cookies do not count. */
  cookie: string | undefined;
  /** True where the query parameter `token` counts. */
  query: boolean;
}

/** The token of an `Authorization: Bearer` header; undefined where there is no such header. */
export function bearerToken(request: TokenCarrier): string | undefined {
  // With `s`: what follows is the token whatever it is, and nothing has to be tried twice.
  const match = /^bearer(?: +(.*))?$/is.exec(request.header("authorization")?.trim() ?? "");
  return match ? (match[1] ?? "") : undefined;
}

/** The subprotocols that a client offers, in its order. */
export function offeredSubprotocols(request: TokenCarrier): string[] {
  const offer = request.header("sec-websocket-protocol");
  return offer === undefined ? [] : offer.split(",").map((name) => name.trim());
}

/**
 * The token of a request that opens a connection. The first place that has one decides, whether that
 * token is good or not. PROTOCOL.md, Connecting.
 */
export function findToken(request: TokenCarrier, places: TokenPlaces): string | undefined {
  const offered = offeredSubprotocols(request).find((name) => name.startsWith(BEARER_SUBPROTOCOL));
  return (
    bearerToken(request) ??
    offered?.slice(BEARER_SUBPROTOCOL.length) ??
    (places.query ? request.query("token") : undefined) ??
    cookieToken(request, places.cookie)
  );
}

/** The token of the cookie of that name; undefined where it is not there, or cookies do not count. */
export function cookieToken(request: TokenCarrier, name: string | undefined): string | undefined {
  const header = request.header("cookie");
  return name === undefined || header === undefined ? undefined : parse(header, name)[name];
}
