import { TopicError } from "../client/options.ts";
import type { Remote } from "./remote.ts";

/** What an error of the client says to whoever started the program: what happened, and what to do about it. */
export function explain(error: unknown, { url, timeoutMs }: Remote, reason = ""): Error {
  if (!(error instanceof TopicError)) return error instanceof Error ? error : new Error(String(error));
  const { code, topic, message } = error;
  const cause = { cause: error };
  if (code === "timeout") return new Error(lateMessage(url, timeoutMs, reason), cause);
  if (code === "unauthorized")
    return new Error(
      `${url} refuses the token: ${message}; give another one with --token or TOPICHUB_TOKEN`,
      cause,
    );
  if (code === "forbidden" && topic !== undefined)
    return new Error(`${message}; it takes a token with that grant: see topichub token --help`, cause);
  if (code === "limit_reached") return new Error(`${message}; ${url} takes no more`, cause);
  return new Error(`${url}: ${message}`, cause);
}

/** @param reason Why there was no connection; empty where nothing is known. */
export function lateMessage(url: string, timeoutMs: number, reason: string): string {
  const time = `within ${timeoutMs / 1000} s`;
  if (reason === "") return `no answer from ${url} ${time}; is it the right address?`;
  return `no connection to ${url} ${time}: ${reason}`;
}
