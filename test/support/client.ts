import { createMailbox } from "../../src/testing/mailbox.ts";
import { isReply, type Message, messagesOf } from "./message.ts";
import type { At } from "./raw-connection.ts";
import {
  type Closed,
  type RawSocket,
  type Refused,
  rawUpgrade,
  type UpgradeOptions,
} from "./raw-websocket.ts";

export type { Message } from "./message.ts";
export type { Closed } from "./raw-websocket.ts";

/** How a token can be shown at the upgrade. */
export type Via = "header" | "subprotocol" | "query" | "cookie";

export interface ConnectOptions extends Omit<UpgradeOptions, "headers"> {
  token?: string;
  via?: Via;
  /** `["topichub.v1"]` unless told; `[]` for a client that offers none. */
  protocols?: readonly string[];
  headers?: Readonly<Record<string, string | undefined>>;
  /** Whether the welcome is awaited; unless told, where a token is shown and `topichub.v1` selected. */
  awaitsWelcome?: boolean;
}

/** What `connect` rejects with where the server refuses. */
export type Refusal = Error & Pick<Refused, "status" | "headers" | "body" | "json">;

/** A client that queues what comes; every wait has a deadline, 2 s unless told. */
export interface Client extends AsyncDisposable {
  /** Sends with a fresh `id`, or the one given, and waits for the reply that has it. */
  request(message: object, ms?: number): Promise<Message>;
  /** Sends an object as JSON, text as it is. Its reply is for `nextReply`. */
  send(message: object | string): void;
  /** The next message that is no reply. */
  next(ms?: number): Promise<Message>;
  /** The first such message that fits; those before it stay for `next`. */
  nextMatching(fits: (message: Message) => boolean, ms?: number): Promise<Message>;
  /** The next reply that no `request` waits for. */
  nextReply(ms?: number): Promise<Message>;
  /** Rejects if a message that is no reply is unread or comes within `ms`, or the connection ends. */
  expectSilence(ms?: number): Promise<void>;
  /** Every message in the order in which they came, replies and taken ones included. */
  readonly received: readonly Message[];
  /** The non-replies that nobody took. */
  readonly unread: readonly Message[];
  /** Frames so far: fewer than messages where the server joined some. */
  readonly frames: number;
  /** As soon as it came. */
  readonly welcome: Message | undefined;
  /** The subprotocol that the server selected. */
  readonly protocol: string | undefined;
  close(code?: number, reason?: string): Promise<Closed>;
  readonly closed: Promise<Closed>;
  readonly socket: RawSocket;
}

export const SUBPROTOCOL = "topichub.v1";
const PATIENCE = 2000;

/** Connects and, where one is due, takes the welcome. */
export async function connect(at: At, options: ConnectOptions = {}): Promise<Client> {
  const answer = await rawUpgrade(at, withToken(options));
  if (!answer.upgraded) throw refusalOf(answer);
  const { socket, protocol } = answer;
  const { awaitsWelcome = options.token !== undefined && protocol === SUBPROTOCOL } = options;
  try {
    const client = queueing(socket, protocol);
    if (awaitsWelcome) await client.nextMatching(isWelcome);
    return client;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function withToken(options: ConnectOptions): UpgradeOptions {
  const { token, via = "header", path = "/ws", protocols = [SUBPROTOCOL], headers } = options;
  const upgrade = { ...options, path, protocols };
  if (token === undefined) return upgrade;
  if (via === "subprotocol") return { ...upgrade, protocols: [...protocols, `bearer.${token}`] };
  const joiner = path.includes("?") ? "&" : "?";
  if (via === "query") return { ...upgrade, path: `${path}${joiner}token=${encodeURIComponent(token)}` };
  const shown =
    via === "cookie" ? { Cookie: `access_token_cookie=${token}` } : { Authorization: `Bearer ${token}` };
  return { ...upgrade, headers: { ...shown, ...headers } };
}

function queueing(socket: RawSocket, protocol: string | undefined): Client {
  const received: Message[] = [];
  const others = createMailbox<Message>();
  const replies = createMailbox<Message>();
  const requested = createMailbox<Message>();
  const awaited = new Set<unknown>();
  let frames = 0;
  let ids = 0;
  let welcome: Message | undefined;

  socket.closed.then(({ code, reason }) => {
    for (const box of [others, replies, requested]) box.end(`closed with ${code} ${JSON.stringify(reason)}`);
  });
  socket.onText((frame) => {
    frames++;
    for (const message of messagesOf(frame, protocol === SUBPROTOCOL)) {
      received.push(message);
      if (isWelcome(message)) welcome ??= message;
      if (!isReply(message)) others.push(message);
      else (awaited.has(message.id) ? requested : replies).push(message);
    }
  });

  return {
    async request(message, ms = PATIENCE) {
      const sent: Message = { id: `request-${++ids}`, ...message };
      const text = JSON.stringify(sent);
      awaited.add(sent.id);
      socket.send(text);
      const what = `the reply to ${text.slice(0, 300)}`;
      return requested.take(ms, what, ({ id }) => id === sent.id).finally(() => awaited.delete(sent.id));
    },
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next: (ms = PATIENCE) => others.take(ms, "a message that is no reply"),
    nextMatching: (fits, ms = PATIENCE) => others.take(ms, `a message that fits ${fits}`, fits),
    nextReply: (ms = PATIENCE) => replies.take(ms, "a reply"),
    expectSilence: (ms = 100) => others.silence(ms),
    received,
    unread: others.unread,
    get frames() {
      return frames;
    },
    get welcome() {
      return welcome;
    },
    protocol,
    close: (code = 1000, reason) => socket.close(code, reason),
    closed: socket.closed,
    socket,
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

function isWelcome(message: Message): boolean {
  return message.type === "welcome";
}

function refusalOf({ status, headers, body, json }: Refused): Refusal {
  return Object.assign(new Error(`refused with ${status}: ${body}`), { status, headers, body, json });
}
