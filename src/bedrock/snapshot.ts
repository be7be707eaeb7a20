import { isLongerThan } from "../protocol/json.ts";

/** Most bytes of what is told, as JSON: longer, it would have its readers closed as too slow. */
export const TOLD_BYTES = 65_536;

/**
 * A value as it would reach somebody else: what JSON makes of it now, whatever becomes of it later.
 * @returns Undefined for undefined.
 * @throws TypeError, RangeError or what its own `toJSON` throws, where JSON cannot hold it in `maxBytes`.
 */
export function snapshot(value: unknown, maxBytes = TOLD_BYTES): unknown {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined && value !== undefined)
    throw new TypeError(`JSON cannot hold a value of type ${typeof value}`);
  if (json === undefined) return undefined;
  if (isLongerThan(json, maxBytes)) throw new RangeError(`JSON cannot hold it in ${maxBytes} bytes`);
  return JSON.parse(json);
}
