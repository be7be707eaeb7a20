/** Time, as the hub and its sessions take it: replaceable, so that a test can move it. */
export interface Clock {
  /** Milliseconds since 1970: what people are told, and when tokens end. It can be put back and forward. */
  now(): number;
  /** Whole milliseconds since some moment: what durations are measured with. Nobody can put them back or forward. */
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
  // Whole, since rates are added up exactly.
  elapsed: () => Math.floor(performance.now()),
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

// Timers know nothing of a clock that is put forward, nor of a machine that slept: it is looked at this often.
const LOOK_MS = 30_000;

/**
 * Calls `fn` when the clock reaches `time` (ms since 1970), however far off; returns what cancels that. Where the clock
 * was put forward, that is seen half a minute later at most.
 */
export function callAt(clock: Clock, time: number, fn: () => void): () => void {
  let cancel = () => {};
  const wait = () => {
    const left = time - clock.now();
    if (left <= 0) fn();
    else cancel = clock.after(Math.min(Math.ceil(left), LOOK_MS), wait);
  };
  // Never before the caller has what cancels it: a time already past still takes a turn.
  cancel = clock.after(Math.min(Math.max(Math.ceil(time - clock.now()), 0), LOOK_MS), wait);
  return () => cancel();
}

// What the system holds has been read by then: no runtime takes more than a turn or two for it.
const READ_MS = 20;

/**
 * Calls `fn` when a peer has had `ms` milliseconds; returns what cancels that. What it sent in time is read before, also
 * where the process was busy or stopped: that calls timers first. A peer is given back what came on top of its time.
 */
export function afterReading(clock: Clock, ms: number, fn: () => void): () => void {
  const dueAt = clock.elapsed() + ms;
  let cancel = clock.after(ms, () => {
    const lateMs = clock.elapsed() - dueAt;
    cancel = clock.after(Math.min(Math.max(lateMs, READ_MS), ms), fn);
  });
  return () => cancel();
}
