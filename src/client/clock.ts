import type { ClientClock } from "./options.ts";

const LONGEST_MS = 2 ** 31 - 1;

/** The platform's own time. A wait past what its timers hold is cut short: who waits looks at the clock again. */
export const platformClock: ClientClock = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
