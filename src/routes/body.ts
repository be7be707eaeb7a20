import type { Context } from "hono";
import type { Clock } from "../hub/clock.ts";
import { type ErrorResponse, errorResponse } from "./errors.ts";

/** How long a body may be on its way: the servers themselves wait 300 s for it, or for ever. */
export const BODY_MS = 30_000;

/** What a body is held to. */
interface BodyLimits {
  /** Most bytes. */
  bytes: number;
  clock: Clock;
}

/** The body of a request, or the answer that says why there is none. */
export async function requestBody(
  c: Context,
  limits: BodyLimits,
): Promise<Uint8Array | ErrorResponse<400 | 408 | 413>> {
  const body = await readBody(c.req.raw, limits);
  if (body === "broken off")
    return errorResponse(c, 400, "invalid_json", "Message is not valid JSON: the body broke off");
  if (body === "too large")
    return errorResponse(c, 413, "too_large", `A body has at most ${limits.bytes} bytes`);
  if (body === "late") {
    const message = `A body has to come within ${BODY_MS / 1000} s`;
    return errorResponse(c, 408, "invalid_message", message, { headers: { Connection: "close" } });
  }
  return body;
}

/**
 * Reads a request's body, never more of it than the limit. Not by Hono's body limit, which throws what a
 * broken connection throws, where nobody can tell it from a fault of ours.
 * @returns The body; or that it is too large, or late, or that the client broke off.
 */
async function readBody(
  request: Request,
  { bytes, clock }: BodyLimits,
): Promise<Uint8Array | "too large" | "late" | "broken off"> {
  if (Number(request.headers.get("content-length") ?? 0) > bytes) return "too large";
  const reader = request.body?.getReader();
  const giveUp = () => void reader?.cancel().catch(() => {});
  let isLate = false;
  const cancelWait = clock.after(BODY_MS, () => {
    isLate = true;
    giveUp();
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      size += read.value.length;
      if (size > bytes) {
        giveUp();
        return "too large";
      }
      chunks.push(read.value);
    }
  } catch {
    return isLate ? "late" : "broken off";
  } finally {
    cancelWait();
  }
  return isLate ? "late" : joined(chunks, size);
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
