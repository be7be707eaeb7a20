import type { Context, Handler } from "hono";
import type { BlankEnv } from "hono/types";
import { cookieToken, findToken, offeredSubprotocols, type TokenPlaces } from "../auth/find-token.ts";
import { type AllowedOrigins, isAllowedOrigin } from "../auth/origin.ts";
import type { Principal } from "../hub/principal.ts";
import { Session, type SessionPolicy } from "../hub/session.ts";
import { SignIn } from "../hub/sign-in.ts";
import { CloseCode, SUBPROTOCOL } from "../protocol/codes.ts";
import type { Admission, Place } from "./admission.ts";
import { authenticate } from "./authenticate.ts";
import type { AuthMode } from "./config.ts";
import { errorResponse, RETRY_LATER } from "./errors.ts";
import { handshakeFault, subprotocolFault } from "./handshake.ts";
import type { Runtime, SocketEvents } from "./runtime.ts";

export interface UpgradeOptions {
  policy: SessionPolicy;
  runtime: Runtime;
  allowedOrigins: AllowedOrigins;
  admission: Admission;
  tokenPlaces: TokenPlaces;
  mode: AuthMode;
  /** How long a peer may be silent, in milliseconds. */
  silenceMs: number;
  /** How long a first message may take, in milliseconds. */
  firstMessageMs: number;
}

/** How a typed client calls it, with `$ws`. Hono takes the output's format from here. */
export type WsInput = { in: { query?: { token?: string } }; outputFormat: "ws" };

/** `GET /ws`: every check comes before the upgrade, in the order of PROTOCOL.md, Connecting. */
export function upgradeRoute(options: UpgradeOptions): Handler<BlankEnv, string, WsInput, Promise<Response>> {
  const { policy, admission, runtime, silenceMs } = options;
  return async (c) => {
    // Native Deno counts an abort only on a signal that was looked at while the request was alive.
    const { signal } = c.req.raw;
    const refused = handshakeFault(c) ?? subprotocolFault(c) ?? serverFault(c, options);
    if (refused) return refused;
    const place = admission.enter();
    if (!place) return busy(c, "limit_reached", "This server has no connections left");
    try {
      const caller = await identify(c, options, place);
      if (caller instanceof Response) return leaving(place, caller);
      const hasSubprotocol = offeredSubprotocols(c.req).length > 0;
      const events = socketEvents(options, caller, hasSubprotocol, place);
      const settings = { subprotocol: hasSubprotocol ? SUBPROTOCOL : undefined, silenceMs };
      const response = signal.aborted ? undefined : await runtime.upgrade(c, events, settings);
      // Without a response the peer is gone, and there is nobody to answer.
      return response ?? leaving(place, c.body(null, 400));
    } catch (error) {
      place.leave();
      policy.hub.fail(error, "upgrade");
      return errorResponse(c, 400, "invalid_message", "The WebSocket handshake failed");
    }
  };
}

/** Who asks for a connection; a stranger says so in its first message, or the token of its cookie does. */
type Caller = { principal: Principal } | { principal?: never; token: string | undefined };

/** Looks at the token, where this is the time for it, and at the limits that hold for its user. */
async function identify(c: Context, options: UpgradeOptions, place: Place): Promise<Caller | Response> {
  const { policy, mode, tokenPlaces } = options;
  const token = mode === "first-message" ? undefined : findToken(c.req, tokenPlaces);
  if (mode !== "upgrade" && token === undefined)
    return place.awaitSignIn()
      ? { token: cookieToken(c.req, tokenPlaces.cookie) }
      : busy(c, "limit_reached", "Too many connections have not signed in yet");
  const principal = await authenticate(c, policy, token);
  if (principal instanceof Response) return principal;
  const isAssigned = place.assign(principal.user, policy.hub.connectionsOf(principal.user));
  return isAssigned ? { principal } : tooManyOfUser(c);
}

/** Brings a socket's events to a session, or first to what lets it sign in. */
function socketEvents(
  { policy, firstMessageMs }: UpgradeOptions,
  caller: Caller,
  hasSubprotocol: boolean,
  place: Place,
): SocketEvents {
  let peer: Session | SignIn | undefined;
  const assign = (user: string) => place.assign(user, policy.hub.connectionsOf(user));
  const { opened } = place;
  return {
    opened(transport) {
      opened();
      const { principal } = caller;
      // The server may have stopped between the answer to the upgrade and now.
      if (policy.hub.isDraining) transport.close(CloseCode.ServiceRestart, "Server is stopping");
      else if (principal) peer = new Session(policy, { principal, transport, hasSubprotocol });
      else {
        const { token } = caller;
        const timeoutMs = firstMessageMs;
        peer = new SignIn(policy, { transport, hasSubprotocol, token, timeoutMs, assign, opened });
      }
    },
    received: (data) => peer?.receive(data),
    heard: () => peer?.heard(),
    closed(code, reason) {
      place.leave();
      peer?.closed(code, reason);
    },
  };
}

function leaving(place: Place, response: Response): Response {
  place.leave();
  return response;
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
