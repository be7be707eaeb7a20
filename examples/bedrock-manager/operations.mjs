import { eventsOf } from "topichub/bedrock";
import { allow } from "./players.mjs";

/** @import { TopicHub } from "topichub" */
/** @import { Addons } from "./addons.mjs" */
/** @import { Backups } from "./backups.mjs" */
/** @import { Work } from "./folders.mjs" */
/** @import { Player, Players } from "./players.mjs" */
/** @import { BedrockServer } from "./server.mjs" */
/** @import { Servers } from "./servers.mjs" */
/** @import { Worlds } from "./worlds.mjs" */

/**
 * What the operations work with.
 * @typedef {object} Tools
 * @property {TopicHub} hub
 * @property {(error: unknown, context: { stage: string }) => void} report Takes note of what nobody else is told of.
 * @property {Servers} servers
 * @property {Backups} backups
 * @property {Worlds} worlds
 * @property {Players} players
 * @property {Addons} addons
 */

/** @typedef {ReturnType<typeof operationsOf>} Operations */

/**
 * All that changes something, each told by the events before and after it.
 * @param {Tools} tools
 */
export function operationsOf({ hub, report, servers, backups, worlds, players, addons }) {
  const withEvents = eventsOf(hub, { onError: report });
  const ofServer = { fields: (/** @type {BedrockServer} */ { name }) => ({ server_name: name }) };
  return {
    install: withEvents(
      { before: "before_server_install", after: "after_server_install" },
      (/** @type {string} */ name, /** @type {string} */ version) => servers.install(name, version),
      { fields: (name, version) => ({ server_name: name, version }), result: () => undefined },
    ),
    update: withEvents(
      { before: "before_server_update", after: "after_server_update" },
      (/** @type {BedrockServer} */ server, /** @type {string} */ version) => server.set({ version }),
      { fields: ({ name }, version) => ({ server_name: name, version }) },
    ),
    start: withEvents(
      { before: "before_server_start", after: "after_server_start" },
      (/** @type {BedrockServer} */ server) => server.start(),
      ofServer,
    ),
    stop: withEvents(
      { before: "before_server_stop", after: "after_server_stop" },
      (/** @type {BedrockServer} */ server) => server.stop(),
      ofServer,
    ),
    command: withEvents(
      { before: "before_command_send", after: "after_command_send" },
      (/** @type {BedrockServer} */ server, /** @type {string} */ command) => server.command(command),
      { fields: ({ name }, command) => ({ server_name: name, command }) },
    ),
    setAutostart: withEvents(
      { before: "before_autostart_change", after: "after_autostart_change" },
      (/** @type {BedrockServer} */ server, /** @type {boolean} */ autostart) => server.set({ autostart }),
      { fields: ({ name }, autostart) => ({ server_name: name, autostart }) },
    ),
    backUp: withEvents(
      { before: "before_backup", after: "after_backup" },
      (/** @type {BedrockServer} */ server, /** @type {Work} */ work) => backups.create(server, work),
      ofServer,
    ),
    restore: withEvents(
      { before: "before_restore", after: "after_restore" },
      (/** @type {BedrockServer} */ server, /** @type {string} */ id, /** @type {Work} */ work) =>
        backups.restore(server, id, work),
      { fields: ({ name }, backup) => ({ server_name: name, backup }) },
    ),
    pruneBackups: withEvents(
      { before: "before_prune_backups", after: "after_prune_backups" },
      (/** @type {BedrockServer} */ server, /** @type {number} */ keep) => backups.prune(server, keep),
      { fields: ({ name }, keep) => ({ server_name: name, keep }) },
    ),
    exportWorld: withEvents(
      { before: "before_world_export", after: "after_world_export" },
      (/** @type {BedrockServer} */ server, /** @type {Work} */ work) => worlds.export(server, work),
      ofServer,
    ),
    importWorld: withEvents(
      { before: "before_world_import", after: "after_world_import" },
      (/** @type {BedrockServer} */ server, /** @type {string} */ id, /** @type {Work} */ work) =>
        worlds.import(server, id, work),
      { fields: ({ name }, exported) => ({ server_name: name, export: exported }) },
    ),
    resetWorld: withEvents(
      { before: "before_world_reset", after: "after_world_reset" },
      (/** @type {BedrockServer} */ server) => worlds.reset(server),
      ofServer,
    ),
    importAddon: withEvents(
      { before: "before_addon_import", after: "after_addon_import" },
      (/** @type {BedrockServer} */ server, /** @type {string} */ addon) => addons.import(server, addon),
      { fields: ({ name }, addon) => ({ server_name: name, addon }) },
    ),
    allow: withEvents(
      { before: "before_allowlist_change", after: "after_allowlist_change" },
      (/** @type {BedrockServer} */ server, /** @type {string[]} */ names) => allow(server, names),
      { fields: ({ name }, names) => ({ server_name: name, players: names }) },
    ),
    addPlayers: withEvents(
      { before: "before_players_add", after: "after_players_add" },
      (/** @type {Player[]} */ added) => players.add(added),
      { fields: (added) => ({ players: added.map(({ name }) => name) }) },
    ),
    scanPlayers: withEvents({ before: "before_player_db_scan", after: "after_player_db_scan" }, () =>
      players.scan(servers.all()),
    ),
  };
}
