import type { Context } from "hono";
import { offeredSubprotocols } from "../auth/find-token.ts";
import { SUBPROTOCOL } from "../protocol/codes.ts";
import { errorResponse } from "./errors.ts";

// Not a word of any kind: what else looks like one, the runtimes' parsers do not take for an upgrade.
const NAMES_UPGRADE = /(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i;

/** Why a request is no WebSocket handshake (RFC 6455, section 4.2.1); undefined where it is one. */
export function handshakeFault(c: Context): Response | undefined {
  const upgrade = (headers: Record<string, string>, message: string) =>
    errorResponse(c, 426, "invalid_message", message, { headers: { ...headers, Connection: "Upgrade" } });
  const isNamed =
    c.req.header("upgrade")?.toLowerCase() === "websocket" &&
    NAMES_UPGRADE.test(c.req.header("connection") ?? "");
  // Hono brings HEAD here as well.
  const asks = isNamed && c.req.method === "GET";
  if (!asks) return upgrade({ Upgrade: "websocket" }, "This route takes WebSocket upgrades only");
  if (c.req.header("sec-websocket-version") !== "13")
    return upgrade({ Upgrade: "websocket", "Sec-WebSocket-Version": "13" }, "WebSocket version 13 is needed");
  // RFC 6455, section 4.2.1: 16 bytes in base64.
  if (!/^[+/0-9A-Za-z]{22}==$/.test(c.req.header("sec-websocket-key") ?? ""))
    return errorResponse(c, 400, "invalid_message", "Sec-WebSocket-Key is missing or malformed");
  return undefined;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Why what a client offers does not do; undefined where it does, or nothing is offered. */
export function subprotocolFault(c: Context): Response | undefined {
  if (c.req.header("sec-websocket-protocol") === undefined) return undefined;
  const offer = offeredSubprotocols(c.req);
  // RFC 6455, section 4.1: tokens, and none of them twice. What the runtimes make of others differs.
  if (!offer.every((name) => TOKEN.test(name)) || new Set(offer).size < offer.length)
    return errorResponse(c, 400, "invalid_message", "Sec-WebSocket-Protocol is malformed");
  if (offer.includes(SUBPROTOCOL)) return undefined;
  return errorResponse(c, 400, "invalid_message", `'${SUBPROTOCOL}' must be among the subprotocols offered`);
}
