import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lock } from "./lock.mjs";

/** The folder of a server's worlds, within its own. */
export const WORLDS = "worlds";

/**
 * Where everything is kept.
 * @typedef {ReturnType<typeof openHome>} Home
 */

/**
 * The folders and files below one folder, kept for this process; those that are not there yet are made.
 * @param {string} root
 * @throws {Error} While another process keeps it.
 */
export function openHome(root) {
  const home = {
    root,
    servers: join(root, "servers"),
    backups: join(root, "backups"),
    exports: join(root, "exports"),
    addons: join(root, "addons"),
    players: join(root, "players.json"),
    log: join(root, "manager.log"),
  };
  for (const folder of [home.servers, home.backups, home.exports, home.addons])
    mkdirSync(folder, { recursive: true });
  const unlock = lock(join(root, "manager.pid"));
  for (const folder of [home.servers, home.exports]) finishIn(folder);
  for (const folder of [...foldersIn(home.backups), ...foldersIn(home.servers)]) finishIn(folder);
  for (const folder of foldersIn(home.servers))
    if (existsSync(join(folder, WORLDS))) finishIn(join(folder, WORLDS));
  return { ...home, unlock };
}

/** @param {string} folder */
export function foldersIn(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => join(folder, name));
}

/**
 * Ends what work left that was killed; none is under way yet.
 * @param {string} folder
 */
function finishIn(folder) {
  for (const path of foldersIn(folder)) {
    const replaced = path.replace(/\.old$/, "");
    if (/\.(partial|new)$/.test(path) || (replaced !== path && existsSync(replaced)))
      rmSync(path, { recursive: true, force: true });
    else if (replaced !== path) renameSync(path, replaced);
  }
}

/** A moment as the name of a file; names made so sort by time. */
export function stamp() {
  return new Date().toISOString().replaceAll(/[-:.]/g, "");
}
