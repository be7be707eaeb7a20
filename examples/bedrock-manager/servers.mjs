import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeJson } from "./json-file.mjs";
import { conflict, notFound } from "./problem.mjs";
import { BedrockServer, LEVEL } from "./server.mjs";

/** @import { ServerHooks } from "./server.mjs" */

export const LATEST_VERSION = "1.21.100";
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
    for (const name of readdirSync(folder)) this.#add(name);
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
    mkdirSync(join(folder, "behavior_packs"), { recursive: true });
    const properties = {
      "server-name": name,
      "level-name": LEVEL,
      "max-players": 10,
      "allow-list": true,
      "server-port": FIRST_PORT + 2 * this.#servers.size,
    };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(folder, "server.properties"), lines.join(""));
    writeFileSync(join(folder, "server.log"), "");
    writeJson(join(folder, "allowlist.json"), []);
    const server = this.#add(name);
    server.set({ version, autostart: false });
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
