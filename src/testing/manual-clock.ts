import type { Clock } from "../hub/clock.ts";

const LONGEST_MS = 2 ** 31 - 1;

interface Timer {
  at: number;
  fn: () => void;
}

/**
 * A clock that stands still until it is moved: for `new TopicHub({ clock })`, and for the client library. What is due
 * in an hour comes at once where the hour is moved on.
 */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;
  #elapsed = 0;

  /**
   * @param now Milliseconds since 1970: the present unless given, since tokens are verified by the machine's own clock.
   */
  constructor(now = Date.now()) {
    this.#now = now;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now;
  }

  /** Milliseconds by which it was moved so far. */
  elapsed(): number {
    return this.#elapsed;
  }

  /**
   * Calls `fn` once, when it was moved on by `ms`; returns what cancels that.
   * @throws RangeError for what the runtimes' timers cannot hold. Parts of a millisecond are left out, as on Node.
   */
  after(ms: number, fn: () => void): () => void {
    if (!(ms >= 0 && ms <= LONGEST_MS))
      throw new RangeError(`A timer takes 0 to ${LONGEST_MS} ms, got ${ms}`);
    const timer = { at: this.#elapsed + Math.trunc(ms), fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves it on by `ms`, and calls what falls due on the way: in order, and each at its own time. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#pass(next.at - this.#elapsed);
      next.fn();
    }
    this.#pass(end - this.#elapsed);
  }

  /**
   * As `advance`, and lets what each timer begins come to rest before the next one: requests, answers and reconnects
   * that follow one another over longer times.
   */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await turn();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.advance(next.at - this.#elapsed);
      await turn();
    }
    this.#pass(end - this.#elapsed);
  }

  /** Lets time go by in which nothing runs, as in a process that is stopped: what falls due is called after it. */
  pause(ms: number): void {
    this.#pass(ms);
    this.#call([...this.#timers].filter(({ at }) => at <= this.#elapsed));
  }

  /** Lets time go by in which nothing else has its turn, as where something is worked out; what falls due waits. */
  spend(ms: number): void {
    this.#pass(ms);
  }

  /** Calls every timer, whatever this clock says: what they wait for is not the time of the day. */
  fire(): void {
    this.#call([...this.#timers]);
  }

  /** Puts it to another time, as an administrator does; timers keep theirs. */
  set(now: number): void {
    this.#now = now;
  }

  /** Timers that are neither due nor cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  #call(timers: Timer[]): void {
    for (const timer of timers) {
      this.#timers.delete(timer);
      timer.fn();
    }
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

/** A turn of the runtime's own, in which promises that are due settle. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
