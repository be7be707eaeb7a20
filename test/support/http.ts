import { within } from "./deadline.ts";
import { type At, urlOf } from "./raw-connection.ts";

export interface JsonOptions {
  token?: string;
  headers?: Readonly<Record<string, string>>;
  ms?: number;
}
export interface JsonResponse {
  status: number;
  headers: Headers;
  /** The body where it is a JSON object; empty where it is not. */
  json: Readonly<Record<string, unknown>>;
  text: string;
}

export function getJson(at: At, path: string, options?: JsonOptions): Promise<JsonResponse> {
  return requestJson(at, "GET", path, options);
}

export function deleteJson(at: At, path: string, options?: JsonOptions): Promise<JsonResponse> {
  return requestJson(at, "DELETE", path, options);
}

/** Text is sent as it is, so that it can be bad JSON; anything else as JSON. */
export function postJson(at: At, path: string, body: unknown, options?: JsonOptions): Promise<JsonResponse> {
  return requestJson(at, "POST", path, options, typeof body === "string" ? body : JSON.stringify(body));
}

/** Any method; the body is sent as it is. */
export async function requestJson(
  at: At,
  method: string,
  path: string,
  { token, headers, ms = 5000 }: JsonOptions = {},
  body?: string,
): Promise<JsonResponse> {
  const given = new Headers(headers);
  if (body !== undefined && !given.has("content-type")) given.set("content-type", "application/json");
  if (token !== undefined) given.set("authorization", `Bearer ${token}`);
  // A connection kept for the next request would be one that a draining server waits for.
  given.set("connection", "close");
  const cancel = new AbortController();
  const request = { method, headers: given, redirect: "manual", signal: cancel.signal } as const;
  const whole = async () => {
    const response = await fetch(
      new URL(path, urlOf(at)),
      body === undefined ? request : { ...request, body },
    );
    return { response, text: await response.text() };
  };
  try {
    const { response, text } = await within(whole(), ms, `a response to ${method} ${path}`);
    return { status: response.status, headers: response.headers, json: objectOf(text), text };
  } finally {
    cancel.abort();
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
