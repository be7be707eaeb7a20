import { addressOf } from "./addresses.ts";
import { type Ending, type Link, type LinkEvents, type Opened, PATIENCE_MS, type Refusal } from "./link.ts";
import { type ClientClock, type ClientOptions, type ClientState, TopicError } from "./options.ts";
import { renewBefore } from "./renewal.ts";
import { refusalOf } from "./server-text.ts";
import { socketLink } from "./socket-link.ts";
import { verdictOf } from "./verdict.ts";
import { onWake } from "./wake.ts";

/** What is told of the connections, one after the other. */
export interface ConnectorEvents extends Omit<LinkEvents, "opened" | "ended"> {
  changed(): void;
  failed(error: TopicError): void;
}

/** Keeps a connection up: one after the other, until it is closed or coming back is of no use. */
export interface Connector {
  readonly state: ClientState;
  /** The connection that is open. */
  readonly link: Link | undefined;
  /** Connects now where it waits to, and looks whether what is open is alive. */
  wake(): void;
  close(error?: TopicError, code?: number): void;
}

export interface ConnectorOptions extends ClientOptions {
  clock: ClientClock;
}

/** How long a connection has to last for the next failure to count as the first, in milliseconds. */
const STEADY_MS = 10_000;

export function createConnector(
  at: string | URL,
  options: ConnectorOptions,
  events: ConnectorEvents,
): Connector {
  const { token: source, transport = "auto", minDelayMs = 500, maxDelayMs = 20_000, clock } = options;
  const { WebSocket = globalThis.WebSocket, fetch = globalThis.fetch } = options;
  const url = addressOf(at);
  let state: ClientState = { status: "connecting" };
  let link: Link | undefined;
  let lastId: string | undefined;
  let isStream = transport === "sse";
  let failures = 0;
  let openedAt = 0;
  let cancel = () => {};
  if (!isStream && !WebSocket) throw new TypeError("No WebSocket: npm install ws, and give 'WebSocket'");

  /** @param timer What cancels what is to come of it: whoever is told of it may change it at once. */
  const change = (next: ClientState, timer = () => {}) => {
    cancel();
    cancel = timer;
    state = next;
    events.changed();
    return next;
  };
  const opened = ({ user, connection, expires_at: expiresAt }: Opened) => {
    openedAt = clock.now();
    change(
      { status: "open", transport: isStream ? "sse" : "websocket", user, connection, expiresAt },
      renewal(expiresAt),
    );
  };
  const renewal = (expiresAt: number | null | undefined) => {
    if (typeof source !== "function" || !expiresAt) return;
    return renewBefore(expiresAt, clock, source, (token) =>
      link?.request({ action: "authenticate", token }, ({ status, message, expires_at: next }) => {
        if (status === "success") cancel = renewal(next) ?? cancel;
        else events.failed(new TopicError("unauthorized", message));
      }),
    );
  };
  const connect = async () => {
    const mine = change({ status: "connecting" });
    try {
      const token = typeof source === "function" ? await source() : source;
      // What a platform says of one contains it.
      if (token && /[^\w.-]/.test(token)) throw "it has characters that no token has";
      // Loaded where it is needed.
      const open = isStream ? (await import("./stream-link.ts")).streamLink : socketLink;
      // It may have been closed meanwhile.
      if (state !== mine) return;
      link = open({
        url,
        token,
        clock,
        WebSocket,
        fetch,
        lastId,
        isFirstMessage: options.auth === "first-message",
        events: { ...events, opened, ended: (ending) => void ended(ending, token) },
      });
    } catch (error) {
      if (state !== mine) return;
      const failure = new TopicError("unauthorized", `No token was to be had: ${error}`);
      wait({ code: 1006, reason: failure.message }, 0);
      // Last, since whoever is told may close it.
      events.failed(failure);
    }
  };
  const ended = async (ending: Ending, token: string | undefined) => {
    const wasOpen = state.status === "open";
    lastId = link?.lastId;
    link = undefined;
    if (wasOpen && clock.now() - openedAt > STEADY_MS) failures = 0;
    const mine = change({ status: "connecting" });
    if (!wasOpen) ending.refusal ??= await refusal(token);
    if (state !== mine) return;
    const verdict = verdictOf(ending, typeof source !== "string");
    if (verdict instanceof TopicError) return close(verdict, ending.code);
    // Where WebSockets passed before, one that fails while the server comes back is no reason to do without.
    isStream ||= verdict === "stream" && transport === "auto" && (!openedAt || failures > 1);
    const isAtOnce = verdict === "renew" || (verdict === "stream" && isStream);
    // What ends at once again and again is not tried again at once for ever.
    if (isAtOnce && failures++ < 1) connect();
    else wait(ending, Number(verdict) || 0);
  };
  /** Why the server refuses a connection, which browsers do not say: the route of streams makes the same checks. */
  const refusal = async (token: string | undefined): Promise<Refusal | undefined> => {
    const asking = new AbortController();
    const { signal } = asking;
    cancel = () => {
      stop();
      asking.abort();
    };
    // Where nothing comes through, not even that, it would be waited for as long as the platform likes.
    const stop = clock.after(PATIENCE_MS, cancel);
    const shown: RequestInit = token
      ? { headers: { Authorization: `Bearer ${token}` } }
      : { credentials: "include" };
    try {
      return await refusalOf(await fetch(`${url}/sse`, { signal, ...shown }));
    } catch {}
  };
  const wait = ({ code, reason, afterMs, refusal: told }: Ending, leastMs: number) => {
    // Full jitter: those that one server lost come back at moments of their own.
    const drawnMs = Math.random() * Math.min(maxDelayMs, minDelayMs * 2 ** failures++);
    const waitMs = afterMs ?? Math.max(drawnMs, leastMs);
    change(
      { status: "waiting", retryAt: clock.now() + waitMs, code, reason: told?.message ?? reason },
      clock.after(waitMs, connect),
    );
  };
  const wake = () => {
    if (state.status === "waiting") connect();
    else if (state.status === "open") link?.check();
  };
  const close = (error?: TopicError, code = 1000) => {
    if (state.status === "closed") return;
    unwake();
    link?.close();
    link = undefined;
    change({ status: "closed", code, reason: error?.message ?? "Closed", error });
    if (error) events.failed(error);
  };

  const unwake = onWake(wake);
  // Whoever made it can follow it from the beginning.
  queueMicrotask(() => state.status === "closed" || connect());
  return {
    get state() {
      return state;
    },
    get link() {
      return state.status === "open" ? link : undefined;
    },
    wake,
    close,
  };
}
