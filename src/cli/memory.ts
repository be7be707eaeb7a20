import process from "node:process";
import { getHeapStatistics } from "node:v8";
import type { Config } from "../routes/config.ts";

/** How many bytes this process may take, as far as the runtime or its container says. */
export function memoryLimit(): number {
  // Bun has no limit of its own, and makes one up.
  const heap = "Bun" in globalThis ? Number.POSITIVE_INFINITY : getHeapStatistics().heap_size_limit;
  // Where there is none it is a number beyond all machines.
  return Math.min(heap, process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
}

/** What is said where full histories would leave too little for everything else; the runtime ends itself then. */
export function memoryWarning({ limits }: Config, limit: number): string | undefined {
  if (2 * limits.kept_bytes <= limit) return undefined;
  return `limits.kept_bytes is ${limits.kept_bytes}, and this process may take ${limit} bytes: full histories could end it (take less than half)`;
}
