/** Time, as the hub and its sessions take it: replaceable, so that a test can move it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from some moment on, with fractions: it goes on whatever the time of day is set to. */
  elapsed(): number;
  /**
   * Calls `fn` once, `ms` milliseconds from now (at most 2^31 - 1); returns what cancels that.
   * @param isIdle True for what need not keep the process running, where the runtime's timers can tell that.
   */
  after(ms: number, fn: () => void, isIdle?: boolean): () => void;
}

/** The runtime's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, fn, isIdle = false) {
    const timer = setTimeout(fn, ms);
    if (isIdle) unhold(timer);
    return () => clearTimeout(timer);
  },
};

// Deno's own timers are numbers: there a hub that is not closed holds the process.
function unhold(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
    timer.unref();
}

// Timers hold their delay in 31 bits; a longer one fires at once on all three runtimes.
const LONGEST_MS = 2 ** 31 - 1;

/** Calls `fn` when the clock reaches `time` (ms since 1970), however far off; returns what cancels that. */
export function callAt(clock: Clock, time: number, fn: () => void): () => void {
  let cancel = () => {};
  const wait = () => {
    const left = time - clock.now();
    if (left <= 0) fn();
    else cancel = clock.after(Math.min(Math.ceil(left), LONGEST_MS), wait);
  };
  // Never before the caller has what cancels it: a time already past still takes a turn.
  cancel = clock.after(Math.min(Math.max(Math.ceil(time - clock.now()), 0), LONGEST_MS), wait);
  return () => cancel();
}
