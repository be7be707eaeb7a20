import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";

/** A file as it was found: what tells it from another one, and how long it is. */
export interface Found {
  dev: bigint;
  /** 0 on file systems that have no such number. */
  ino: bigint;
  size: number;
}

/** True where what was found later is another file than what was found earlier. */
export function isOther(later: Found, earlier: Found): boolean {
  if (later.dev !== earlier.dev || later.ino !== earlier.ino) return true;
  return later.ino === 0n && later.size < earlier.size;
}

/**
 * Looks at a file within the call.
 * @returns "nothing" where there is no regular file, "unknown" where that cannot be told.
 */
export function lookNow(path: string): Found | "nothing" | "unknown" {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() ? foundIn(stats, path) : "nothing";
  } catch {
    return "unknown";
  }
}

/**
 * Looks at a file; undefined where there is none.
 * @throws Error where something else is there, or it cannot be looked at.
 */
export async function look(path: string): Promise<Found | undefined> {
  const stats = await ifThere(stat(path, { bigint: true }));
  return stats && foundIn(stats, path);
}

/** What a call on a file comes to; undefined where there is no such file. */
export async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** What is known of a file; throws an Error where it is no regular one. */
export function foundIn(stats: BigIntStats, path: string): Found {
  if (!stats.isFile()) throw new Error(`A log is a regular file, which '${path}' is not`);
  return { dev: stats.dev, ino: stats.ino, size: Number(stats.size) };
}
