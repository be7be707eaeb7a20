import { isRecord, textOf } from "./reading.ts";

/** That the server said no, in its own words. */
export class ServerError extends Error {
  override name = "ServerError";
  /** Undefined where it gave no answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** The server's routes for administrators. PROTOCOL.md, Administration. */
export class ServerApi {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /**
   * All entries of a list, or as many as its first pages have.
   * @throws ServerError
   */
  async list(path: string, field: string): Promise<{ entries: unknown[]; isWhole: boolean }> {
    const entries: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const body = await this.#ask("GET", `${path}?limit=1000${query}`);
      const found = body[field];
      if (Array.isArray(found)) entries.push(...found);
      cursor = textOf(body.cursor);
      if (cursor === undefined) return { entries, isWhole: true };
    }
    return { entries, isWhole: false };
  }

  /** @throws ServerError */
  send(path: string, body: object): Promise<Record<string, unknown>> {
    return this.#ask("POST", path, body);
  }

  /** @throws ServerError */
  remove(path: string): Promise<Record<string, unknown>> {
    return this.#ask("DELETE", path);
  }

  async #ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#token}` };
    if (body) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, {
        ...{ method, headers, credentials: "omit", cache: "no-store" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch {
      throw new ServerError("The server does not answer");
    }
    const answer: unknown = await response.json().catch(() => undefined);
    const fields = isRecord(answer) ? answer : {};
    if (response.ok) return fields;
    throw new ServerError(
      textOf(fields.message) ?? `The server answered ${response.status}`,
      response.status,
    );
  }
}

const MOST_PAGES = 5;
