import { setTimeout } from "node:timers";

/** Waits `ms` milliseconds, not at all where that is none. Alone it keeps no process alive. */
export function pause(ms: number): Promise<void> | undefined {
  if (ms <= 0) return undefined;
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
