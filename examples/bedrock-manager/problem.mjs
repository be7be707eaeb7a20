/** @import { ContentfulStatusCode } from "hono/utils/http-status" */

/** What a request was refused for; its message says what was wrong and what to do, and may be shown to anybody. */
export class Problem extends Error {
  /** @override */
  name = "Problem";

  /**
   * @param {ContentfulStatusCode} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** @param {string} message */
export const invalid = (message) => new Problem(400, "invalid_message", message);
/** @param {string} message */
export const notFound = (message) => new Problem(404, "not_found", message);
/** @param {string} message */
export const conflict = (message) => new Problem(409, "conflict", message);
/** @param {string} message */
export const failed = (message) => new Problem(500, "unavailable", message);
/** @param {string} message */
export const draining = (message) => new Problem(503, "draining", message);
