import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * How a long piece of work tells of itself, and how it is told to end.
 * @typedef {object} Work
 * @property {(message: string) => unknown} progress
 * @property {AbortSignal} signal
 */

/**
 * Copies a folder, file by file, so that it can tell how far it is and end between two. The copy has its name
 * only once it is whole.
 * @param {string} from
 * @param {string} to Not there yet.
 * @param {Work} work
 * @param {(file: string) => boolean} [isWanted] By the file's path within the folder.
 * @returns {Promise<number>} How many files it copied.
 */
export async function copyFolder(from, to, { progress, signal }, isWanted = () => true) {
  const partial = `${to}.partial`;
  // What a copy left that was killed.
  await rm(partial, { recursive: true, force: true });
  try {
    const files = (await filesIn(from)).filter(isWanted);
    await mkdir(partial, { recursive: true });
    for (const [at, file] of files.entries()) {
      signal.throwIfAborted();
      await mkdir(dirname(join(partial, file)), { recursive: true });
      await copyFile(join(from, file), join(partial, file));
      progress(`Copied ${at + 1} of ${files.length} files`);
    }
    await rename(partial, to);
    return files.length;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Puts a copy of a folder in the place of another, which stays until the copy is whole. At every moment one of them
 * is there as a whole, under its name or as `.old`.
 * @param {string} from
 * @param {string} to
 * @param {Work} work
 */
export async function replaceFolder(from, to, work) {
  const [fresh, old] = [`${to}.new`, `${to}.old`];
  for (const left of [fresh, old]) await rm(left, { recursive: true, force: true });
  const files = await copyFolder(from, fresh, work);
  if (existsSync(to)) await rename(to, old);
  await rename(fresh, to);
  await rm(old, { recursive: true, force: true });
  return files;
}

/**
 * The paths of all files in a folder, relative to it, in order.
 * @param {string} folder
 */
async function filesIn(folder) {
  const paths = await readdir(folder, { recursive: true });
  const found = await Promise.all(paths.map((path) => lstat(join(folder, path))));
  return paths.filter((_, at) => found[at]?.isFile()).sort();
}
