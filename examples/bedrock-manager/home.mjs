import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Where everything is kept.
 * @typedef {ReturnType<typeof openHome>} Home
 */

/**
 * The folders and files below one folder; those that are not there yet are made.
 * @param {string} root
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
  for (const folder of [home.exports, ...foldersIn(home.backups)]) removeParts(folder);
  return home;
}

/** @param {string} folder */
const foldersIn = (folder) => readdirSync(folder).map((name) => join(folder, name));

// What a copy left that was killed; none is under way yet.
/** @param {string} folder */
function removeParts(folder) {
  for (const path of foldersIn(folder))
    if (path.endsWith(".partial")) rmSync(path, { recursive: true, force: true });
}

/** A moment as the name of a file; names made so sort by time. */
export function stamp() {
  return new Date().toISOString().replaceAll(/[-:.]/g, "");
}
