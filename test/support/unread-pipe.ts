import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";

/** A pipe that nobody reads: writes to it wait once the kernel's buffer (64 KiB on Linux) is full. */
export interface UnreadPipe {
  /** The writing end, for a child. */
  readonly fd: number;
  /** Closes the reading end: the child's next write fails with EPIPE. */
  close(): void;
}

/** Makes one under the name `path`. */
export function createUnreadPipe(path: string): UnreadPipe {
  makePipe(path);
  // The reading end comes first and does not wait for a writer; the writing end then finds a reader.
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY);
  let isOpen = true;
  return {
    fd,
    close() {
      // Closed twice, the number may be another file's the second time.
      if (isOpen) closeSync(reading);
      isOpen = false;
    },
  };
}

export function makePipe(path: string): void {
  const { status, error, stderr } = spawnSync("mkfifo", [path]);
  if (status !== 0) throw new Error(`mkfifo: ${error?.message ?? stderr}`);
}
