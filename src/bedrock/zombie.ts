import { readFile } from "node:fs/promises";

/**
 * True where a process without resident memory has ended and only waits to be reaped. One that is just being
 * started has none for a moment either, and one that is swapped out may have none (proc_pid_stat(5), state).
 */
export async function isZombie(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name before it, in brackets, may hold anything.
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    // Gone meanwhile; or a system without /proc, where to have no memory has to do as a sign.
    return true;
  }
}
