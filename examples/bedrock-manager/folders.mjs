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
      if (isTenth(at + 1, files.length)) progress(`Copied ${at + 1} of ${files.length} files`);
    }
    await rename(partial, to);
    return files.length;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Puts a copy of a folder in the place of another, which stays until the copy is whole.
 * @param {string} from
 * @param {string} to
 * @param {Work} work
 */
export async function replaceFolder(from, to, work) {
  const fresh = `${to}.new`;
  await rm(fresh, { recursive: true, force: true });
  const files = await copyFolder(from, fresh, work);
  await rm(to, { recursive: true, force: true });
  await rename(fresh, to);
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

// A world may have thousands of files: ten messages say as much.
/**
 * @param {number} done
 * @param {number} all
 */
function isTenth(done, all) {
  return Math.floor((10 * done) / all) > Math.floor((10 * (done - 1)) / all);
}
