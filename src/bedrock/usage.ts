import process from "node:process";

/** What the system says of a process at one moment. */
export interface Usage {
  /** CPU time used so far, user and system, in milliseconds. */
  ctime: number;
  /** Milliseconds since the process started. */
  elapsed: number;
  /** Resident memory in bytes. */
  memory: number;
}

type Pidusage = (pid: number, options: { maxage: number }) => Promise<object>;

/**
 * How long pidusage keeps its open `/proc/{pid}/stat` and the last figures of a process: its own default, for
 * everybody in this process who uses it shares them. Given each time because PIDUSAGE_MAXAGE=0 makes it open
 * descriptors without end, and with a few milliseconds it closes one that is being read.
 */
const KEPT_MS = 60_000;

// Each call renews that time, and the table is swept at half of it.
const FORGOTTEN_AFTER_MS = 1.5 * KEPT_MS + 1000;

// pidusage's table is one for the whole process, and so is what has to be known about it.
let library: Promise<Pidusage> | undefined;
const leftAlone = new Map<number, number>();

/**
 * Reads what a process uses.
 * @returns Undefined where there is no such process.
 * @throws Error where pidusage is not installed, or the system does not let it look.
 */
export async function readUsage(pid: number): Promise<Usage | undefined> {
  if ((leftAlone.get(pid) ?? 0) > performance.now()) return undefined;
  library ??= load();
  const pidusage = await library;
  try {
    const found = await pidusage(pid, { maxage: KEPT_MS });
    return isUsage(found) ? found : undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ESRCH") leaveAlone(pid);
    if (code === "ESRCH" || code === "ENOENT") return undefined;
    throw error;
  }
}

// Where `ps` is what tells, it can answer without the process in it.
function isUsage(found: object | undefined): found is Usage {
  const { ctime, elapsed, memory }: Partial<Usage> = found ?? {};
  return [ctime, elapsed, memory].every(Number.isFinite);
}

/**
 * ESRCH comes from a descriptor of a process that is gone. Asked again, pidusage would read that one again and
 * never see a new process of the same id; left alone, it closes it.
 */
function leaveAlone(pid: number): void {
  const now = performance.now();
  for (const [other, until] of leftAlone) if (until <= now) leftAlone.delete(other);
  leftAlone.set(pid, now + FORGOTTEN_AFTER_MS);
}

async function load(): Promise<Pidusage> {
  const pidusage = await importPidusage();
  // Without `getconf` it would print a stack to standard error, where each line is a log entry.
  process.env.PIDUSAGE_SILENT ??= "1";
  // Only once there was a first answer do the others do without two `getconf` each. What fails here fails again.
  await pidusage(process.pid, { maxage: KEPT_MS }).catch(() => {});
  return pidusage;
}

async function importPidusage(): Promise<Pidusage> {
  try {
    return (await import("pidusage")).default;
  } catch (cause) {
    if (codeOf(cause) !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new Error("Sampling processes takes the package pidusage: npm install pidusage", { cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
