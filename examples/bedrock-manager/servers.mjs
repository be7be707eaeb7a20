import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { foldersIn } from "./home.mjs";
import { writeJson } from "./json-file.mjs";
import { conflict, notFound } from "./problem.mjs";
import { BedrockServer, LEVEL } from "./server.mjs";

/** @import { ServerHooks } from "./server.mjs" */

export const LATEST_VERSION = "1.21.100";
// The samples of the manager itself have the name topichub.
export const SERVER_NAME = /^(?!topichub$)[a-z][a-z0-9_-]{0,31}$/;
const FIRST_PORT = 19_132;

/** The servers of a home, by their names. */
export class Servers {
  #folder;
  #hooks;
  /** @type {Map<string, BedrockServer>} */
  #servers = new Map();

  /**
   * @param {string} folder Holds a folder for each of them.
   * @param {ServerHooks} hooks
   */
  constructor(folder, hooks) {
    this.#folder = folder;
    this.#hooks = hooks;
    // Whatever else lies there is none of ours.
    for (const name of foldersIn(folder).map((path) => basename(path)))
      if (SERVER_NAME.test(name)) this.#add(name);
  }

  all() {
    return [...this.#servers.values()];
  }

  /** @param {string} name */
  get(name) {
    const server = this.#servers.get(name);
    if (server) return server;
    const names = [...this.#servers.keys()].join(", ");
    throw notFound(
      `There is no server '${name}': ${names === "" ? "none is installed" : `there are ${names}`}`,
    );
  }

  /** @param {string} name */
  mustBeFree(name) {
    if (this.#servers.has(name)) throw conflict(`Server '${name}' is installed already: take another name`);
  }

  /**
   * Makes a server's folder. Its world is generated when it starts for the first time.
   * @param {string} name
   * @param {string} version
   */
  install(name, version) {
    this.mustBeFree(name);
    const folder = join(this.#folder, name);
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(join(partial, "behavior_packs"), { recursive: true });
    const properties = {
      "server-name": name,
      "level-name": LEVEL,
      "max-players": 10,
      "allow-list": true,
      "server-port": FIRST_PORT + 2 * this.#servers.size,
    };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(partial, "server.properties"), lines.join(""));
    writeFileSync(join(partial, "server.log"), "");
    writeJson(join(partial, "allowlist.json"), []);
    writeJson(join(partial, "settings.json"), { version, autostart: false });
    renameSync(partial, folder);
    const server = this.#add(name);
    this.#hooks.installed(server);
    return server;
  }

  /** Each server's status, by its name. */
  statuses() {
    return Object.fromEntries(this.all().map(({ name, status }) => [name, status]));
  }

  /** @param {string} name */
  #add(name) {
    const server = new BedrockServer(name, join(this.#folder, name), this.#hooks);
    this.#servers.set(name, server);
    return server;
  }
}
