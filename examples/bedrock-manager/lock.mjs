import { readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";

/**
 * Keeps a folder for this process: two managers in one would start the same servers twice.
 * @param {string} path The file that says who has it.
 * @returns {() => void} What gives it back.
 * @throws {Error} While another process has it.
 */
export function lock(path) {
  const holder = holderOf(path);
  if (holder !== undefined)
    throw new Error(
      `process ${holder} keeps this folder: stop it first, or, if it is no manager, remove ${path}`,
    );
  // What one left that was killed. Of two that come this far at once, one fails here.
  rmSync(path, { force: true });
  writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
  return () => rmSync(path, { force: true });
}

/**
 * @param {string} path
 * @returns {number | undefined} The process that has it, if that still runs.
 */
function holderOf(path) {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    // In a container the next process often has the number of the last one.
    if (!(pid > 0) || pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
