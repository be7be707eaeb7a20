import type { ClientClock } from "./options.ts";

/** Longest time before a token ends in which another one is fetched, and the shortest time between two tries. */
const [LEAD_MS, PAUSE_MS] = [60_000, 5_000];

/**
 * Calls `renew` in time before a token ends, and again where it rejects; returns what cancels that.
 * @param expiresAt In milliseconds since 1970.
 */
export function renewBefore(expiresAt: number, clock: ClientClock, renew: () => Promise<void>): () => void {
  let cancel = () => {};
  let isOver = false;
  const wait = () => {
    if (isOver) return;
    const left = expiresAt - clock.now();
    const waitMs = Math.max(left - Math.min(LEAD_MS, left / 5), PAUSE_MS);
    // A timer holds 24 days: of what ends later it is looked again.
    cancel = clock.after(Math.min(waitMs, 2 ** 31 - 1), () =>
      waitMs < 2 ** 31 ? renew().catch(wait) : wait(),
    );
  };
  wait();
  return () => {
    isOver = true;
    cancel();
  };
}
