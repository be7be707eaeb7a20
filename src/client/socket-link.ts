import { BEARER_SUBPROTOCOL, SUBPROTOCOL } from "../protocol/codes.ts";
import { type Entry, type Link, type LinkOptions, PATIENCE_MS, type Request, type Result } from "./link.ts";
import type { ClientSocketConstructor } from "./options.ts";
import { parsed, type ServerText } from "./server-text.ts";
import { tell } from "./told.ts";

/**
 * Characters of one list of subscriptions, well below the bytes that a server takes in one message by default; 1,000
 * entries, the most that it takes, are at least as long.
 */
const LIST_LENGTH = 13_000;

export interface SocketLinkOptions extends LinkOptions {
  WebSocket: ClientSocketConstructor;
  /** True where the server asks for the token in the first message. */
  isFirstMessage: boolean;
}

/** Opens a connection by WebSocket. */
export function socketLink({
  WebSocket,
  url,
  token,
  isFirstMessage,
  clock,
  events,
}: SocketLinkOptions): Link {
  const isShown = token && !isFirstMessage;
  const protocols = [SUBPROTOCOL, ...(isShown ? [BEARER_SUBPROTOCOL + token] : [])];
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, protocols);
  const answers = new Map<number | undefined, (result: Result) => void>();
  let ids = 0;
  let intervalMs = 25_000;
  let afterMs: number | undefined;

  const request = (asked: Request, answered?: (result: Result) => void) => {
    const id = ++ids;
    if (answered) answers.set(id, answered);
    socket.send(JSON.stringify({ ...asked, id }));
  };
  const close = () => {
    cancel();
    // None may be missing: an error that nobody takes is the end of the process with the package `ws`.
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = () => {};
    socket.close();
  };
  const end = (code: number, reason: string) => {
    close();
    events.ended({ code, reason, afterMs });
  };
  // A peer that is gone answers no close, and the platform would wait for it.
  const expectLife = () => clock.after(PATIENCE_MS, () => end(1006, "No answer"));
  const check = () => {
    cancel();
    request({ action: "ping" });
    cancel = expectLife();
  };
  const take = (message: Partial<ServerText>) => {
    const { status, type, id } = message;
    if (status) {
      answers.get(id)?.(message as Result);
      answers.delete(id);
    } else if (type === "reconnect") afterMs = message.after_ms;
    else if (type === "welcome") {
      intervalMs = message.ping_interval_ms ?? intervalMs;
      events.opened(message);
    } else tell(message, events);
  };

  let cancel = expectLife();
  if (isFirstMessage) socket.onopen = () => request({ action: "authenticate", token });
  socket.onmessage = ({ data }: { data: string }) => {
    // Whatever comes is a sign of life.
    cancel();
    cancel = clock.after(intervalMs, check);
    for (const message of [parsed(data)].flat())
      try {
        take(message);
        // What is none of this protocol's, as of a proxy, tells nothing.
      } catch {}
  };
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => end(code, reason);
  // On Node 22 no close follows.
  socket.onerror = () => end(1006, "");
  return {
    transport: "websocket",
    subscribe(entries) {
      for (const list of lists(entries))
        request({ action: "subscribe", topics: list.map(asked) }, (reply) => {
          // A list that was refused as a whole has one result for all.
          for (const [at, entry] of list.entries()) entry.answered(reply.topics?.[at] ?? reply);
        });
    },
    unsubscribe(topics) {
      while (topics.length > 0) request({ action: "unsubscribe", topics: topics.splice(0, 50) });
    },
    request,
    check,
    close,
  };
}

/** As the server is asked: a position that fits into no message is left out. */
function asked(entry: Entry): string | Entry {
  return entry.since && lengthOf(entry) < LIST_LENGTH ? entry : entry.topic;
}

/** Parts entries into lists that fit into messages. */
function lists(entries: Entry[]): Entry[][] {
  const parts: Entry[][] = [];
  let left = 0;
  for (const entry of entries) {
    const length = lengthOf(entry);
    if (left < length) {
      parts.push([]);
      left = LIST_LENGTH;
    }
    left -= length;
    parts.at(-1)?.push(entry);
  }
  return parts;
}

const lengthOf = (entry: Entry) => JSON.stringify(entry).length;
