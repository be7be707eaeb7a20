import type { Context, Handler } from "hono";
import { findToken, offeredSubprotocols, type TokenPlaces } from "../auth/find-token.ts";
import { type AllowedOrigins, isAllowedOrigin } from "../auth/origin.ts";
import type { Principal } from "../hub/principal.ts";
import { Session, type SessionPolicy } from "../hub/session.ts";
import { CloseCode, SUBPROTOCOL } from "../protocol/codes.ts";
import type { Admission, Place } from "./admission.ts";
import { authenticate } from "./authenticate.ts";
import { errorResponse, RETRY_LATER } from "./errors.ts";
import type { Runtime, SocketEvents } from "./runtime.ts";

export interface UpgradeOptions {
  policy: SessionPolicy;
  runtime: Runtime;
  allowedOrigins: AllowedOrigins;
  admission: Admission;
  tokenPlaces: TokenPlaces;
}

/** `GET /ws`: every check comes before the upgrade, in the order of PROTOCOL.md, Connecting. */
export function upgradeRoute(options: UpgradeOptions): Handler {
  const { policy, admission } = options;
  return async (c) => {
    // Native Deno counts an abort only on a signal that was looked at while the request was alive.
    const { signal } = c.req.raw;
    const refused = handshakeFault(c) ?? subprotocolFault(c) ?? serverFault(c, options);
    if (refused) return refused;
    const place = admission.enter();
    if (!place) return busy(c, "limit_reached", "This server has no connections left");
    try {
      const principal = await authenticate(c, policy, findToken(c.req, options.tokenPlaces));
      if (principal instanceof Response) return leaving(place, principal);
      if (!place.assign(principal.user, policy.hub.connectionsOf(principal.user)))
        return leaving(place, tooManyOfUser(c));
      const hasSubprotocol = offeredSubprotocols(c.req).length > 0;
      const events = socketEvents(policy, principal, hasSubprotocol, place);
      const subprotocol = hasSubprotocol ? SUBPROTOCOL : undefined;
      const response = signal.aborted ? undefined : await options.runtime.upgrade(c, events, subprotocol);
      // Without a response the peer is gone, and there is nobody to answer.
      return response ?? leaving(place, c.body(null, 400));
    } catch (error) {
      place.leave();
      policy.hub.fail(error, "upgrade");
      return errorResponse(c, 400, "invalid_message", "The WebSocket handshake failed");
    }
  };
}

/** Brings a socket's events to a session. */
function socketEvents(
  policy: SessionPolicy,
  principal: Principal,
  hasSubprotocol: boolean,
  place: Place,
): SocketEvents {
  let session: Session | undefined;
  return {
    opened(transport) {
      place.opened();
      // The server may have stopped between the answer to the upgrade and now.
      if (policy.hub.isDraining) transport.close(CloseCode.ServiceRestart, "Server is stopping");
      else session = new Session(policy, { principal, transport, hasSubprotocol });
    },
    received: (data) => session?.receive(data),
    closed(code, reason) {
      place.leave();
      session?.closed(code, reason);
    },
  };
}

function leaving(place: Place, response: Response): Response {
  place.leave();
  return response;
}

function handshakeFault(c: Context): Response | undefined {
  const upgrade = (headers: Record<string, string>, message: string) =>
    errorResponse(c, 426, "invalid_message", message, { headers: { ...headers, Connection: "Upgrade" } });
  const connection = c.req.header("connection")?.toLowerCase() ?? "";
  const isNamed = c.req.header("upgrade")?.toLowerCase() === "websocket" && /\bupgrade\b/.test(connection);
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

function subprotocolFault(c: Context): Response | undefined {
  if (c.req.header("sec-websocket-protocol") === undefined) return undefined;
  const offer = offeredSubprotocols(c.req);
  // RFC 6455, section 4.1: tokens, and none of them twice. What the runtimes make of others differs.
  if (!offer.every((name) => TOKEN.test(name)) || new Set(offer).size < offer.length)
    return errorResponse(c, 400, "invalid_message", "Sec-WebSocket-Protocol is malformed");
  if (offer.includes(SUBPROTOCOL)) return undefined;
  return errorResponse(c, 400, "invalid_message", `'${SUBPROTOCOL}' must be among the subprotocols offered`);
}

function serverFault(c: Context, { policy, allowedOrigins }: UpgradeOptions): Response | undefined {
  if (policy.hub.isDraining) return busy(c, "draining", "The server is stopping");
  if (!isAllowedOrigin(c.req.header("origin"), c.req.header("host"), allowedOrigins))
    return errorResponse(c, 403, "forbidden", "This origin may not connect");
  return undefined;
}

function busy(c: Context, code: "draining" | "limit_reached", message: string): Response {
  return errorResponse(c, 503, code, message, { headers: RETRY_LATER });
}

function tooManyOfUser(c: Context): Response {
  return errorResponse(c, 429, "limit_reached", "This user has no connections left");
}
