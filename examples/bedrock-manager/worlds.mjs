import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { copyFolder, replaceFolder } from "./folders.mjs";
import { stamp } from "./home.mjs";
import { conflict, notFound } from "./problem.mjs";

/** @import { Work } from "./folders.mjs" */
/** @import { BedrockServer } from "./server.mjs" */

const ID = /^[a-z0-9_-]{1,32}-\d{8}T\d{9}Z\.mcworld$/;

/** The world of each server, and those that were exported. A real `.mcworld` is an archive; here it is a folder. */
export class Worlds {
  #exports;

  /** @param {string} exports The folder of those that were exported. */
  constructor(exports) {
    this.#exports = exports;
  }

  /** @param {BedrockServer} server */
  mustHaveOne(server) {
    if (!existsSync(server.world))
      throw conflict(`Server '${server.name}' has no world yet: start it once, and it makes one`);
  }

  /** @param {string} id */
  mustHave(id) {
    if (!ID.test(id) || !existsSync(join(this.#exports, id)))
      throw notFound("There is no such exported world: GET /api/exports lists them");
  }

  /** The names of those that were exported. */
  async exported() {
    return (await readdir(this.#exports)).filter((name) => ID.test(name)).sort();
  }

  /**
   * @param {BedrockServer} server
   * @param {Work} work
   */
  async export(server, work) {
    const id = `${server.name}-${stamp()}.mcworld`;
    const to = join(this.#exports, id);
    return { export: id, files: await server.whileSaved(() => copyFolder(server.world, to, work)) };
  }

  /**
   * @param {BedrockServer} server One that is stopped.
   * @param {string} id
   * @param {Work} work
   */
  async import(server, id, work) {
    return { export: id, files: await replaceFolder(join(this.#exports, id), server.world, work) };
  }

  /**
   * Removes a server's world: it makes a new one at its next start.
   * @param {BedrockServer} server One that is stopped.
   */
  async reset(server) {
    await rm(server.world, { recursive: true, force: true });
  }
}
