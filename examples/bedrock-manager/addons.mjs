import { existsSync, readdirSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { notFound } from "./problem.mjs";

/** @import { BedrockServer } from "./server.mjs" */

/** The add-ons that can be imported: whatever lies in one folder and ends in `.mcpack`. */
export class Addons {
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  all() {
    return readdirSync(this.#folder).filter((name) => name.endsWith(".mcpack"));
  }

  /** @param {string} name */
  mustHave(name) {
    if (!this.all().includes(name))
      throw notFound(
        `There is no such add-on: put it into the folder 'addons', which has ${this.all().join(", ")}`,
      );
  }

  /**
   * @param {BedrockServer} server One that is stopped.
   * @param {string} name
   */
  async import({ folder }, name) {
    await copyFile(join(this.#folder, name), join(folder, "behavior_packs", name));
  }

  /** One to try it with. */
  async writeExample() {
    const path = join(this.#folder, "taller-trees.mcpack");
    if (!existsSync(path)) await writeFile(path, "An add-on would be here.\n");
  }
}
