import { readUsage } from "./usage.ts";
import { isZombie } from "./zombie.ts";

// Linux tells ages in steps of 10 ms, other systems in whole seconds.
const START_TOLERANCE_MS = 1500;
// Some file systems keep times in steps of two seconds.
const FILE_TOLERANCE_MS = 2000;

/** One process at one moment. */
export interface ProcessReading {
  pid: number;
  /** When it was read, on the monotonic clock, in milliseconds. */
  at: number;
  /** CPU time used so far, in milliseconds. */
  cpuMs: number;
  memoryBytes: number;
  /** Age of the process in milliseconds. */
  ageMs: number;
  /** Between these two moments of the monotonic clock it was started. */
  started: { earliest: number; latest: number };
  /** Not before this it was started, in milliseconds since 1970. */
  startedAfter: number;
}

const wallClockAhead = () => Date.now() - performance.now();
let leastAhead = wallClockAhead();

/**
 * The time of the day, in milliseconds since 1970, as it was before anybody put the clock forward while this program ran:
 * with the one after it a process would seem younger than the pid file that it wrote before.
 */
function earliestWallClock(): number {
  leastAhead = Math.min(leastAhead, wallClockAhead());
  return leastAhead + performance.now();
}

/**
 * Reads a running process.
 * @returns Undefined where there is none of that id.
 * @throws Error where it cannot be looked at.
 */
export async function readProcess(pid: number): Promise<ProcessReading | undefined> {
  const wallClock = earliestWallClock();
  const asked = performance.now();
  const usage = await readUsage(pid);
  const at = performance.now();
  if (!usage || (usage.memory === 0 && (await isZombie(pid)))) return undefined;
  const { ctime: cpuMs, memory: memoryBytes, elapsed: ageMs } = usage;
  // The age was taken at some moment of the call, which a busy process can make a long one.
  const started = { earliest: asked - ageMs, latest: at - ageMs };
  return { pid, at, cpuMs, memoryBytes, ageMs, started, startedAfter: wallClock - ageMs };
}

/** True where both are of one process, and not of two that had the same id. */
export function isSameProcess(before: ProcessReading, after: ProcessReading): boolean {
  return before.pid === after.pid && after.started.earliest <= before.started.latest + START_TOLERANCE_MS;
}

/** True where the process was started after a file was written (milliseconds since 1970). */
export function isYoungerThan(writtenAt: number, { ageMs, startedAfter }: ProcessReading): boolean {
  // In a container whose `/proc/uptime` is its own, the age can be negative and says nothing.
  return ageMs >= 0 && startedAfter > writtenAt + FILE_TOLERANCE_MS;
}

/** CPU use between two readings of one process, in percent of one core. */
export function cpuPercent(before: ProcessReading, after: ProcessReading): number {
  return Math.max(0, (100 * (after.cpuMs - before.cpuMs)) / Math.max(1, after.at - before.at));
}
