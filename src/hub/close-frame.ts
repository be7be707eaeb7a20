import { isLongerThan } from "../protocol/json.ts";

/** Throws a TypeError for a code or a reason that no close frame has. RFC 6455, sections 5.5 and 7.4. */
export function requireClose(code: number, reason: string): void {
  const isCode =
    code === 1000 || code === 1001 || (code >= 1008 && code <= 1013) || (code >= 3000 && code <= 4999);
  if (!Number.isInteger(code) || !isCode)
    throw new TypeError(`A close code is 1000, 1001, 1008 to 1013, or 3000 to 4999: got ${code}`);
  if (isLongerThan(reason, 123)) throw new TypeError("A close reason has at most 123 bytes of UTF-8");
}
