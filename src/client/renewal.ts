import type { ClientClock } from "./options.ts";

/** Longest time before a token ends in which another one is fetched. */
const LEAD_MS = 60_000;
/** Shortest time between two tries. */
const PAUSE_MS = 5_000;

/**
 * Gets another token in time before one ends, and again where that rejects; returns what cancels that.
 * @param expiresAt In milliseconds since 1970.
 * @param use Not called where it was cancelled meanwhile: the token would be for a connection that is gone.
 */
export function renewBefore(
  expiresAt: number,
  clock: ClientClock,
  get: () => string | Promise<string>,
  use: (token: string) => void,
): () => void {
  let cancel = () => {};
  let isOver = false;
  const renew = async () => {
    const token = await get();
    if (!isOver) use(token);
  };
  const wait = () => {
    if (isOver) return;
    const left = expiresAt - clock.now();
    const waitMs = Math.max(left - Math.min(LEAD_MS, left / 5), PAUSE_MS);
    // A timer holds 24 days: what ends later is renewed earlier.
    cancel = clock.after(Math.min(waitMs, 2 ** 31 - 1), () => renew().catch(wait));
  };
  wait();
  return () => {
    isOver = true;
    cancel();
  };
}
