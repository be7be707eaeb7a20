import { appendFileSync } from "node:fs";

/** @typedef {(level: "info" | "error", message: string, fields?: Record<string, unknown>) => void} Log */

/**
 * The manager's own log, which the topic `app_log` follows.
 * @param {string} path
 * @returns {Log}
 */
export function openLog(path) {
  return (level, message, fields) => {
    const rest = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
    appendFileSync(path, `${new Date().toISOString()} ${level.toUpperCase()} ${message}${rest}\n`);
  };
}
