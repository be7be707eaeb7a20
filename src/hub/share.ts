import type { Clock } from "./clock.ts";
import { UserTable } from "./user-table.ts";

/** Work is made up for once so many times the time that it took has passed since it began: a quarter is one user's. */
const FACTOR = 4;
/** So much may be done before the first rest, in milliseconds. */
const SLICE_MS = 2;
/**
 * What takes longer in one piece, in milliseconds, counts so many times: it leaves as much to collect again, at times of
 * the runtime's choosing (a megabyte that nests, on Deno: the median of others was 50 times its idle value, and is 1.5).
 */
const [LONG_MS, LONG_COUNTS] = [10, 3];

/** The share of each user. */
export type Shares = UserTable<Share>;

/** Has none of anybody yet. */
export function newShares(clock: Clock): Shares {
  return new UserTable(
    clock,
    () => new Share(clock),
    ({ isEven }) => isEven,
  );
}

type Count = (startedAt: number, ms: number) => void;

/**
 * What share of the time the requests of one user take. One allowed request may cost a hundred times what another
 * does, and nobody else is to wait for that (scripts/faults/fairness.ts). What it costs to deliver a publication is
 * its subscribers', and left out.
 */
export class Share {
  readonly #clock: Clock;
  /** When what was done is made up for, on the clock of what has passed. */
  #evenAt = 0;
  /** All time that was looked at, counted or not: a stretch within another is looked at once. */
  #seenMs = 0;
  /** Settles once those who asked before had their turn. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to rest before anything more is done, in milliseconds; 0 where it may go on. */
  get restMs(): number {
    const owedMs = this.#evenAt - this.#clock.elapsed();
    return owedMs > SLICE_MS * FACTOR ? owedMs : 0;
  }

  /** True where everything is made up for. */
  get isEven(): boolean {
    return this.#evenAt <= this.#clock.elapsed();
  }

  /** Does something now, and counts the time that it takes; none in which it waits for something else. */
  measure<T>(work: () => T): T {
    const done = this.#stretchOf(this.#count, work);
    if (done instanceof Promise) void this.#follow(done);
    return done;
  }

  /** Does something as soon as it may be done, after whatever asked before, and counts it. */
  take<T>(work: () => Promise<T> | T): Promise<T> {
    const rested = this.#line.then(async () => {
      for (let ms = this.restMs; ms > 0; ms = this.restMs) await this.#wait(ms);
      // In an object: the next in line waits for the work itself, and not for what that waits for.
      return { done: this.measure(work) };
    });
    this.#line = rested.catch(() => {});
    return rested.then(({ done }) => done);
  }

  /** Does something in the middle of what is counted, without counting it. */
  leaveOut<T>(work: () => T): T {
    return this.#stretchOf(() => {}, work);
  }

  /** Counts what comes after the first wait as well, unless others had their turn meanwhile. */
  async #follow(done: Promise<unknown>): Promise<void> {
    let hasWaited = false;
    const cancel = this.#clock.after(0, () => {
      hasWaited = true;
    });
    const end = this.#stretch(this.#count);
    try {
      await done;
    } catch {
      // Whoever asked for it is told.
    }
    cancel();
    if (!hasWaited) end();
  }

  readonly #count: Count = (startedAt, ms) => {
    const counted = ms > LONG_MS ? ms * LONG_COUNTS : ms;
    this.#evenAt = Math.max(this.#evenAt, startedAt) + counted * FACTOR;
  };

  #stretchOf<T>(count: Count, work: () => T): T {
    const end = this.#stretch(count);
    try {
      return work();
    } finally {
      end();
    }
  }

  /** @param count Told what the stretch took beside those within it. What is returned ends it; one that is not ended counts nothing. */
  #stretch(count: Count): () => void {
    const [startedAt, seenMs] = [this.#clock.elapsed(), this.#seenMs];
    return () => {
      const elapsedMs = this.#clock.elapsed() - startedAt;
      const ownMs = Math.max(elapsedMs - (this.#seenMs - seenMs), 0);
      this.#seenMs += ownMs;
      count(startedAt, ownMs);
    };
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(Math.ceil(ms), resolve));
  }
}
