/** A JSON object from the server. The named fields are what the protocol says of them, not what was checked. */
export interface Message {
  readonly [field: string]: unknown;
  readonly status?: "success" | "error";
  readonly type?: string;
  readonly action?: string;
  readonly id?: string | number;
  readonly code?: string;
  readonly message?: string;
  readonly topic?: string;
  readonly topics?: readonly Message[];
  readonly data?: unknown;
  readonly direct?: boolean;
  readonly epoch?: string;
  readonly offset?: number;
  readonly floor?: number;
  readonly offsets?: Readonly<Record<string, number>>;
  readonly time?: number;
  readonly recovered?: boolean;
  readonly publications?: readonly Message[];
  readonly users?: readonly { user: string; connections: number }[];
  readonly skipped?: number;
  readonly after_ms?: number;
  readonly retry_after_ms?: number;
  readonly connection?: string;
  readonly user?: string;
  readonly version?: string | number;
  readonly features?: readonly string[];
  readonly ping_interval_ms?: number;
  readonly expires_at?: number | null;
}

/** Replies have a status, and publications and control messages a type. */
export function isReply(message: Message): boolean {
  return message.status !== undefined && message.type === undefined;
}

/** The messages of one frame. An array is for those who offered `topichub.v1`. Throws on anything else. */
export function messagesOf(frame: string, allowsArray: boolean): Message[] {
  const value: unknown = JSON.parse(frame);
  const messages: unknown[] = allowsArray && Array.isArray(value) ? value : [value];
  if (messages.length === 0 || !messages.every(isObject))
    throw new Error(`no message: ${frame.slice(0, 300)}`);
  return messages;
}

function isObject(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
