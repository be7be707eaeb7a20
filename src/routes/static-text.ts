import type { Context } from "hono";

/** A text that is the same for everybody, until the version is another one. */
export interface Text {
  text: string;
  /** Tells it from any other. */
  tag: string;
  type: string;
  headers: Record<string, string>;
}

/** Answers with a text, or says that what the browser has of it is still right. */
export function sendText(c: Context, { text, tag, type, headers }: Text): Response {
  const entityTag = `"${tag}"`;
  const common = {
    ...headers,
    ETag: entityTag,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
  };
  const known = c.req.header("if-none-match")?.split(",") ?? [];
  if (known.some((entry) => entry.trim().replace(/^W\//, "") === entityTag)) return c.body(null, 304, common);
  return c.body(text, 200, { ...common, "Content-Type": type });
}

/** The digest of a text, in Base64. */
export async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
