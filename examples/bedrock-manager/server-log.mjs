import { existsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";

const POLL_MS = 25;

/**
 * The size of a log in bytes, where the next line will begin.
 * @param {string} path
 */
export function endOf(path) {
  return existsSync(path) ? statSync(path).size : 0;
}

/**
 * Waits for a line in a log.
 * @param {string} path
 * @param {number} from Where to begin, in bytes.
 * @param {RegExp} pattern
 * @param {AbortSignal} signal Ends the waiting.
 * @returns {Promise<string>} The line; rejects with the signal's reason.
 */
export async function lineIn(path, from, pattern, signal) {
  for (;;) {
    signal.throwIfAborted();
    const found = (await textFrom(path, from)).split("\n").find((line) => pattern.test(line));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * @param {string} path
 * @param {number} from
 */
async function textFrom(path, from) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
