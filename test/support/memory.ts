import { readFileSync } from "node:fs";

/** The resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const [, kib = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}

/** Looks at it fifty times a second until it is stopped, which gives the least and the most that it was. */
export function watchMemory(pid: number): () => { least: number; most: number } {
  let least = residentBytes(pid);
  let most = least;
  const look = () => {
    const now = residentBytes(pid);
    least = Math.min(least, now);
    most = Math.max(most, now);
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return { least, most };
  };
}

/** As MB with one digit. */
export function inMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
