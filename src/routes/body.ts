import type { Context } from "hono";
import { type ErrorResponse, errorResponse } from "./errors.ts";

/** The body of a request, or the answer that says why there is none. */
export async function requestBody(c: Context, limit: number): Promise<Uint8Array | ErrorResponse<400 | 413>> {
  const body = await readBody(c.req.raw, limit);
  if (body === "broken off")
    return errorResponse(c, 400, "invalid_json", "Message is not valid JSON: the body broke off");
  if (body === "too large") return errorResponse(c, 413, "too_large", `A body has at most ${limit} bytes`);
  return body;
}

/**
 * Reads a request's body, never more of it than `limit` bytes. Not by Hono's body limit, which throws what a
 * broken connection throws, where nobody can tell it from a fault of ours.
 * @returns The body; or that it is too large, or that the client broke off.
 */
async function readBody(request: Request, limit: number): Promise<Uint8Array | "too large" | "broken off"> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return "too large";
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      size += read.value.length;
      if (size > limit) {
        reader?.cancel().catch(() => {});
        return "too large";
      }
      chunks.push(read.value);
    }
  } catch {
    return "broken off";
  }
  return joined(chunks, size);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
