/** Why a WebSocket was not opened: the answer of the server that refused it. */
export class UpgradeRefusedError extends Error {
  override name = "UpgradeRefusedError";
  readonly status: number;
  readonly headers: Headers;
  /** The body: parsed where it is JSON, or else its text. */
  readonly body: unknown;
  /** The server's code. PROTOCOL.md, Connecting. */
  readonly code: string | undefined;

  constructor({ status, headers }: Pick<Response, "status" | "headers">, text: string) {
    super(`refused with ${status}: ${text}`);
    this.status = status;
    this.headers = headers;
    this.body = parsed(text);
    this.code = headers.get("X-Topichub-Error") ?? undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
