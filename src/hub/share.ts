import type { Clock } from "./clock.ts";

/** Work is made up for once so many times the time that it took has passed since it began: a quarter is one user's. */
const FACTOR = 4;
/** So much may be done before the first rest, in milliseconds. */
const SLICE_MS = 2;

/**
 * What share of the time the requests of one user take. One allowed request may cost a hundred times what another
 * does, and nobody else is to wait for that (scripts/faults/fairness.ts). What it costs to deliver a publication is
 * its subscribers', and left out.
 */
export class Share {
  readonly #clock: Clock;
  /** When what was done is made up for, on the monotonic clock. */
  #evenAt = 0;
  /** All time that was looked at, counted or not: a stretch within another is looked at once. */
  #seenMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to rest before anything more is done, in milliseconds; 0 where it may go on. */
  get restMs(): number {
    const owedMs = this.#evenAt - this.#clock.monotonic();
    return owedMs > SLICE_MS * FACTOR ? owedMs : 0;
  }

  /** Begins a stretch of work; what is returned ends it, and counts it. One that is never ended is not counted. */
  begin(): () => void {
    return this.#stretch((startedAt, ms) => {
      this.#evenAt = Math.max(this.#evenAt, startedAt) + ms * FACTOR;
    });
  }

  /** Does what is not counted, in the middle of what is. */
  leaveOut<T>(work: () => T): T {
    const end = this.#stretch(() => {});
    try {
      return work();
    } finally {
      end();
    }
  }

  /** @param count Told what the stretch took beside those within it. */
  #stretch(count: (startedAt: number, ms: number) => void): () => void {
    const [startedAt, seenMs] = [this.#clock.monotonic(), this.#seenMs];
    return () => {
      const elapsedMs = this.#clock.monotonic() - startedAt;
      const ownMs = Math.max(elapsedMs - (this.#seenMs - seenMs), 0);
      this.#seenMs += ownMs;
      count(startedAt, ownMs);
    };
  }
}
