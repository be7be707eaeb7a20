/**
 * A value as it would reach somebody else: what JSON makes of it now, whatever becomes of it later.
 * @returns Undefined for undefined.
 * @throws TypeError, or what its own `toJSON` throws, where JSON cannot hold it.
 */
export function snapshot(value: unknown): unknown {
  const json: string | undefined = JSON.stringify(value);
  if (json !== undefined) return JSON.parse(json);
  if (value === undefined) return undefined;
  throw new TypeError(`JSON cannot hold a value of type ${typeof value}`);
}
