import type { Context, Handler } from "hono";
import type { BlankEnv } from "hono/types";
import { cookieToken, findToken, offeredSubprotocols } from "../auth/find-token.ts";
import type { Principal } from "../hub/principal.ts";
import { Session } from "../hub/session.ts";
import { SignIn } from "../hub/sign-in.ts";
import { CloseCode, SUBPROTOCOL } from "../protocol/codes.ts";
import type { Place } from "./admission.ts";
import type { AuthMode } from "./config.ts";
import { admit, busy, type Entrance, enter, leaving } from "./entrance.ts";
import { errorResponse } from "./errors.ts";
import { handshakeFault, subprotocolFault } from "./handshake.ts";
import type { Runtime, SocketEvents } from "./runtime.ts";

export interface UpgradeOptions extends Entrance {
  runtime: Runtime;
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
  const { policy, runtime, silenceMs } = options;
  return async (c) => {
    // Native Deno counts an abort only on a signal that was looked at while the request was alive.
    const { signal } = c.req.raw;
    const refused = handshakeFault(c) ?? subprotocolFault(c);
    if (refused) return refused;
    const place = enter(c, options);
    if (place instanceof Response) return place;
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
  const { mode, tokenPlaces } = options;
  const token = mode === "first-message" ? undefined : findToken(c.req, tokenPlaces);
  if (mode !== "upgrade" && token === undefined)
    return place.awaitSignIn()
      ? { token: cookieToken(c.req, tokenPlaces.cookie) }
      : busy(c, "limit_reached", "Too many connections have not signed in yet");
  const principal = await admit(c, options, place, token);
  return principal instanceof Response ? principal : { principal };
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
