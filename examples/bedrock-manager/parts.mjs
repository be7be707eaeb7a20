import { TopicHub } from "topichub";
import { publishEvent, TaskRunner, topicType } from "topichub/bedrock";
import { Addons } from "./addons.mjs";
import { Backups } from "./backups.mjs";
import { openLog } from "./log.mjs";
import { operationsOf } from "./operations.mjs";
import { Players } from "./players.mjs";
import { Servers } from "./servers.mjs";
import { Watching } from "./watching.mjs";
import { Worlds } from "./worlds.mjs";

/** @import { Home } from "./home.mjs" */
/** @import { Operations, Tools } from "./operations.mjs" */

/**
 * All that the manager is made of.
 * @typedef {Tools & { tasks: TaskRunner, watching: Watching, operations: Operations }} Parts
 */

/**
 * Makes the parts, and has the hub tell what happens in them.
 * @param {Home} home
 * @returns {Parts}
 */
export function createParts(home) {
  const log = openLog(home.log);
  /** @type {Tools["report"]} */
  const report = (error, { stage }) => log("error", `${stage} failed`, { error: String(error) });
  const hub = new TopicHub({
    defaultType: topicType,
    onConnect: (connection) => tasks.resend(connection),
    onError: report,
  });
  // Those that no connection can see, at the start and at the end, are seen here.
  hub.listen("event:*", ({ topic, data }) => log("info", topic, { ...Object(data) }), { passive: true });
  const tasks = new TaskRunner(hub, { onError: report });
  const watching = new Watching(hub, home.log, report);
  const servers = new Servers(home.servers, {
    installed: (server) => watching.add([server]),
    statusChanged: () =>
      void publishEvent(hub, "after_server_statuses_updated", { servers: servers.statuses() }),
    died({ name }, exit) {
      log("error", `server ${name} ended by itself`, { ...exit });
      void publishEvent(hub, "after_server_stop", { server_name: name, ...exit });
    },
  });
  watching.add(servers.all());
  const tools = {
    hub,
    report,
    servers,
    backups: new Backups(home.backups),
    worlds: new Worlds(home.exports),
    players: new Players(home.players),
    addons: new Addons(home.addons),
  };
  return { ...tools, tasks, watching, operations: operationsOf(tools) };
}
