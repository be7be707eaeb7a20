import type { Opened, Refusal, Result } from "./link.ts";

/** Whatever a server sends, as far as it is looked at: a reply, a publication, or a message of its own. */
export interface ServerText extends Omit<Result, "status">, Opened {
  status?: Result["status"];
  type?: string;
  topic?: string;
  data?: unknown;
  direct?: true;
  time?: number;
  skipped?: number;
  after_ms?: number;
  ping_interval_ms?: number;
  reason?: string;
  published?: { epoch?: string; offset?: number }[];
}

/** What a text of a server holds; nothing where it is no JSON, as of a proxy in between. */
export function parsed(text: string): Partial<ServerText> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** What the body of an answer says of why. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const { status, headers } = response;
  const { code, message = `The server answered ${status}` } = parsed(await response.text());
  return { status, code, message, retryAfterMs: Number(headers.get("retry-after")) * 1000 };
}
