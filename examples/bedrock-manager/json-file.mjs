import { readFileSync, renameSync, writeFileSync } from "node:fs";

// At once, not in turns: two requests that change one file cannot come between each other.

/**
 * Reads a file of JSON that this program wrote.
 * @template T
 * @param {string} path
 * @param {T} fallback Where there is no such file.
 * @returns {T}
 */
export function readJson(path, fallback) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return fallback;
    throw error;
  }
}

/**
 * Writes a file of JSON; whoever reads it meanwhile sees the old one or the new one whole.
 * @param {string} path
 * @param {unknown} value
 */
export function writeJson(path, value) {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
