import { pause } from "./pause.ts";
import { readPidFile } from "./pid-file.ts";
import {
  cpuPercent,
  isSameProcess,
  isYoungerThan,
  type ProcessReading,
  readProcess,
} from "./process-reading.ts";
import { noProcess, type ResourceUpdate } from "./resource-update.ts";
import { formatUptime } from "./uptime.ts";

/** A server, as a configuration has it: with neither `pid` nor `pid_file` there is no process to look at. */
export interface MonitoredServer {
  name: string;
  /** File that holds the process id; read anew for each sample, so a restart is followed. */
  pid_file?: string | undefined;
  pid?: number | undefined;
  /** File whose new lines `startLogTail` tells; nothing to the monitor. */
  log_file?: string | undefined;
}

// CPU time comes in steps of 10 ms: over less than this a sample would be mostly rounding.
const SHORTEST_MS = 200;
// A server that starts over more often than this within one sample is not up.
const RESTARTS = 3;

/** Where a process was said to be; `writtenAt` (milliseconds since 1970) where a pid file said it. */
interface Whereabouts {
  pid: number;
  writtenAt?: number;
}

/** Samples one server, and remembers of it what tells its process from a later one of the same id. */
export class ServerProcess {
  readonly #server: MonitoredServer;
  readonly #intervalMs: number;
  #last: (Whereabouts & { reading: ProcessReading }) | undefined;

  /** @param intervalMs Time between samples in milliseconds. */
  constructor(server: MonitoredServer, intervalMs: number) {
    this.#server = server;
    this.#intervalMs = intervalMs;
  }

  get name(): string {
    return this.#server.name;
  }

  /**
   * Takes a sample. Where the last one is too old to measure CPU from, it takes a moment longer.
   * @throws Error where the process or its pid file cannot be looked at.
   */
  async sample(): Promise<ResourceUpdate> {
    let before = this.#recent() ?? (await this.#look());
    for (let round = 0; round < RESTARTS; round++) {
      if (typeof before === "string") return noProcess(this.name, before);
      await pause(Math.min(SHORTEST_MS, this.#intervalMs) - (performance.now() - before.at));
      const after = await this.#look();
      if (typeof after !== "string" && isSameProcess(before, after)) return figures(before, after);
      before = after;
    }
    return noProcess(this.name, typeof before === "string" ? before : "is not running: it keeps restarting");
  }

  /** The last reading, where it is of the last interval. */
  #recent(): ProcessReading | undefined {
    const reading = this.#last?.reading;
    return reading && performance.now() - reading.at < 2 * this.#intervalMs ? reading : undefined;
  }

  /** Reads the process, or says why it is not there. */
  async #look(): Promise<ProcessReading | string> {
    const where = await this.#locate();
    if (typeof where === "string") return where;
    const reading = await readProcess(where.pid);
    if (!reading) return "is not running";
    const { writtenAt } = where;
    const last = this.#last;
    if (last?.pid === where.pid && last.writtenAt === writtenAt && !isSameProcess(last.reading, reading))
      return "is not running: its process id belongs to another process now";
    if (writtenAt !== undefined && isYoungerThan(writtenAt, reading))
      return "is not running: its pid file is older than the process of that id";
    this.#last = { ...where, reading };
    return reading;
  }

  async #locate(): Promise<Whereabouts | string> {
    const { pid, pid_file } = this.#server;
    if (pid !== undefined) return { pid };
    if (pid_file === undefined) return "has no process to look at: neither pid nor pid_file is configured";
    const found = await readPidFile(pid_file);
    if (found === undefined) return "is not running: its pid file does not exist";
    return found === "malformed" ? "cannot be found: its pid file does not hold one process id" : found;
  }
}

function figures(before: ProcessReading, after: ProcessReading): ResourceUpdate {
  const process_info = {
    pid: after.pid,
    cpu_percent: tenths(cpuPercent(before, after)),
    memory_mb: tenths(after.memoryBytes / 2 ** 20),
    uptime: formatUptime(after.ageMs),
  };
  return { status: "success", process_info };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
