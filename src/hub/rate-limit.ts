/** How often something may happen. */
export interface Rate {
  perSecond: number;
  /** How many may come at once. */
  burst: number;
}

/**
 * Counts by the generic cell rate algorithm (ITU-T I.371, annex A): the one number that it keeps is the
 * time at which the allowance will be whole again.
 * @param wholeAt That time, in ms on a clock that is never put back; 0 at first.
 * @returns The new time, and how long to wait (ms) where it was too early: then nothing was counted.
 */
export function count(
  wholeAt: number,
  now: number,
  { perSecond, burst }: Rate,
): { wholeAt: number; waitMs: number } {
  // In 2048ths of a millisecond, so that adding it up to a time (before the year 2109) is exact.
  const cost = Math.max(Math.round(2_048_000 / perSecond), 1) / 2048;
  const from = Math.max(wholeAt, now);
  const waitMs = from + cost - (now + burst * cost);
  return waitMs > 0 ? { wholeAt: from, waitMs: Math.ceil(waitMs) } : { wholeAt: from + cost, waitMs: 0 };
}

/** Tells when `limit` things have happened within `windowMs`. */
export class Window {
  readonly #times: number[] = [];
  readonly #limit: number;
  readonly #windowMs: number;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Counts one more; true where that makes it `limit`. */
  add(now: number): boolean {
    this.#times.push(now);
    if (this.#times.length > this.#limit) this.#times.shift();
    const [oldest = now] = this.#times;
    return this.#times.length === this.#limit && now - oldest < this.#windowMs;
  }
}
