import { readFile, stat } from "node:fs/promises";

/** Largest process id on 64-bit Linux (proc_sys_kernel(5), pid_max). */
export const LARGEST_PID = 2 ** 22;

// A process id and some white space; anything longer is another kind of file.
const LONGEST_FILE = 64;

/** What a pid file says. */
export interface PidFile {
  pid: number;
  /** When it was last written, in milliseconds since 1970. */
  writtenAt: number;
}

/**
 * Reads a pid file.
 * @returns Undefined where there is no such file; "malformed" where it holds anything but one process id.
 * @throws Error where it is there and cannot be read.
 */
export async function readPidFile(path: string): Promise<PidFile | "malformed" | undefined> {
  try {
    const { size, mtimeMs } = await regularFile(path);
    if (size > LONGEST_FILE) return "malformed";
    const text = (await readFile(path, "utf8")).trim();
    const pid = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
    return pid >= 1 && pid <= LARGEST_PID ? { pid, writtenAt: mtimeMs } : "malformed";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

// Asked before the file is opened: to open a named pipe waits for its writer, maybe for ever.
async function regularFile(path: string): Promise<{ size: number; mtimeMs: number }> {
  const found = await stat(path);
  return { size: found.isFile() ? found.size : Number.POSITIVE_INFINITY, mtimeMs: found.mtimeMs };
}
