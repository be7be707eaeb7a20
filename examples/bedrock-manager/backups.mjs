import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { copyFolder, replaceFolder } from "./folders.mjs";
import { stamp, WORLDS } from "./home.mjs";
import { notFound } from "./problem.mjs";

/** @import { Work } from "./folders.mjs" */
/** @import { BedrockServer } from "./server.mjs" */

const FILES = ["allowlist.json", "server.properties"];
const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/;

/** The backups of all servers: a folder for each server, and in it one for each backup. */
export class Backups {
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * Copies a server's worlds and what is configured; one that runs holds its saving for so long.
   * @param {BedrockServer} server
   * @param {Work} work
   */
  async create(server, work) {
    const id = stamp();
    await mkdir(this.#of(server), { recursive: true });
    const isWanted = (/** @type {string} */ file) => FILES.includes(file) || file.startsWith(WORLDS + sep);
    const to = join(this.#of(server), id);
    const files = await server.whileSaved(() => copyFolder(server.folder, to, work, isWanted));
    return { id, files };
  }

  /**
   * Newest first.
   * @param {BedrockServer} server
   */
  async list(server) {
    const names = existsSync(this.#of(server)) ? await readdir(this.#of(server)) : [];
    const ids = names.filter((name) => ID.test(name)).sort();
    return ids.reverse().map((id) => ({ id, made_at: id.replace(ID, "$1-$2-$3T$4:$5:$6.$7Z") }));
  }

  /**
   * Removes all but the newest.
   * @param {BedrockServer} server
   * @param {number} keep How many stay.
   * @returns The ids of those that are gone.
   */
  async prune(server, keep) {
    const old = (await this.list(server)).slice(keep).map(({ id }) => id);
    for (const id of old) await rm(join(this.#of(server), id), { recursive: true });
    return old;
  }

  /**
   * @param {BedrockServer} server
   * @param {string} id
   */
  mustHave(server, id) {
    if (!ID.test(id) || !existsSync(join(this.#of(server), id)))
      throw notFound(`Server '${server.name}' has no such backup: GET its backups to see their ids`);
  }

  /**
   * Puts a backup back in the place of what is there.
   * @param {BedrockServer} server One that is stopped.
   * @param {string} id
   * @param {Work} work
   */
  async restore(server, id, work) {
    const from = join(this.#of(server), id);
    const files = await replaceFolder(join(from, WORLDS), join(server.folder, WORLDS), work);
    for (const file of FILES) await copyFile(join(from, file), join(server.folder, file));
    return { id, files: files + FILES.length };
  }

  /** @param {BedrockServer} server */
  #of({ name }) {
    return join(this.#folder, name);
  }
}
