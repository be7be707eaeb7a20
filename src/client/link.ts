import type { ClientClock, ClientPosition, DirectMessage, Message } from "./options.ts";

/** How long a connection may take to open, and an answer that tells of life to come, in milliseconds. */
export const PATIENCE_MS = 10_000;

/** One topic or pattern that the server is asked for, with where to go on. */
export interface Entry {
  topic: string;
  since?: ClientPosition | undefined;
  /** What becomes of it. */
  answered(result: Result): void;
}

/** What the server says of one subscription, or of a request. */
export interface Result {
  status: "success" | "error";
  code?: string;
  message: string;
  id?: number;
  retry_after_ms?: number;
  epoch?: string;
  offset?: number;
  floor?: number;
  offsets?: Record<string, number>;
  recovered?: boolean;
  partial?: true;
  topics?: Result[];
  expires_at?: number | null;
  publications?: Message[];
  users?: { user: string; connections: number }[];
}

/** A request other than for subscriptions. */
export interface Request {
  action: string;
  topic?: string;
  [field: string]: unknown;
}

/** Why a connection was not opened, where the server said so. */
export interface Refusal {
  status: number;
  code?: string | undefined;
  message: string;
  /** 0 where it does not say. */
  retryAfterMs: number;
}

/** How a connection ended. */
export interface Ending {
  code: number;
  reason: string;
  /** What the server told: how long after the end to reconnect. */
  afterMs?: number | undefined;
  refusal?: Refusal | undefined;
}

/** What a connection is told to have, once it is open. */
export interface Opened {
  user?: string;
  connection?: string;
  expires_at?: number | null;
}

/** What comes of a connection: `opened` at most once, `ended` once and last. */
export interface LinkEvents {
  opened(opened: Opened): void;
  published(message: Message): void;
  direct(message: DirectMessage): void;
  gap(gap: Gap): void;
  unsubscribed(topic: string, code: string): void;
  ended(ending: Ending): void;
}

/** That publications of a topic were left out for a slow reader. */
export interface Gap {
  topic: string;
  skipped: number;
}

/** One connection to the server, of either kind. */
export interface Link {
  readonly transport: "websocket" | "sse";
  /** Of nothing, or what is not there, neither of these is a request. */
  subscribe(entries: Entry[]): void;
  unsubscribe(topics: string[]): void;
  /** Asks for something; `answered` is not called where the connection ends before. */
  request(request: Request, answered?: (result: Result) => void): void;
  /** Asks for a sign of life, and ends where none comes soon. */
  check(): void;
  close(): void;
  /** Where it stands, for the next one of its kind. */
  readonly lastId?: string | undefined;
}

/** What every kind of connection is opened with. */
export interface LinkOptions {
  /** Where the routes are mounted, by http. */
  url: string;
  /** The token to show; undefined where the cookie counts. */
  token: string | undefined;
  clock: ClientClock;
  events: LinkEvents;
}
