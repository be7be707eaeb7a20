import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "./json-file.mjs";

/** @import { BedrockServer } from "./server.mjs" */
/** @typedef {{ name: string, xuid: string }} Player */

const CONNECTED = / Player connected: (.+), xuid: (\d+)$/gm;

/** Everybody who ever played on one of the servers. */
export class Players {
  #file;

  /** @param {string} file */
  constructor(file) {
    this.#file = file;
  }

  /** @returns {Player[]} */
  all() {
    return readJson(this.#file, []);
  }

  /**
   * @param {readonly Player[]} players Those who are known already, by their `xuid`, get their new name.
   * @returns How many were not known before.
   */
  add(players) {
    const before = this.all();
    const known = new Map([...before, ...players].map((player) => [player.xuid, player]));
    writeJson(this.#file, [...known.values()]);
    return known.size - before.length;
  }

  /**
   * Adds everybody who is found in the logs.
   * @param {readonly BedrockServer[]} servers
   * @returns How many were not known before.
   */
  scan(servers) {
    const logs = servers.map(({ log }) => (existsSync(log) ? readFileSync(log, "utf8") : ""));
    const found = logs.flatMap((text) =>
      [...text.matchAll(CONNECTED)].map(([, name = "", xuid = ""]) => ({ name, xuid })),
    );
    return this.add(found);
  }
}

/**
 * Who may enter a server: everybody where the list is empty.
 * @param {BedrockServer} server
 * @returns {string[]}
 */
export function allowedOn({ folder }) {
  /** @type {{ name: string }[]} */
  const entries = readJson(join(folder, "allowlist.json"), []);
  return entries.map(({ name }) => name);
}

/**
 * Puts a list in the place of that; a server that runs reads it at once.
 * @param {BedrockServer} server
 * @param {readonly string[]} names
 */
export function allow(server, names) {
  const entries = names.map((name) => ({ ignoresPlayerLimit: false, name }));
  writeJson(join(server.folder, "allowlist.json"), entries);
  if (server.status === "running") server.command("allowlist reload");
}
