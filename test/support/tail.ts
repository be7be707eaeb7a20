import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const KEPT = 1 << 20;

/** The text at the end of a file, at most a MiB of it. */
export function tailOf(path: string): string {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, KEPT));
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(fd);
  }
}
