import { publishEvent } from "topichub/bedrock";
import { createApp } from "./app.mjs";
import { openHome } from "./home.mjs";
import { createParts } from "./parts.mjs";
import { LATEST_VERSION } from "./servers.mjs";

/** @import { Hono } from "hono" */
/** @import { Runtime } from "topichub" */
/** @import { Parts } from "./parts.mjs" */

/** @typedef {{ hostname: string, port: number }} Address */

/**
 * The runtime that it runs on: what a module such as `topichub/node` exports.
 * @typedef {object} Host
 * @property {Runtime} runtime
 * @property {(fetch: Hono["fetch"], address: Address) => Promise<Address & { close(): Promise<void> }>} listen
 */

const FIRST_SERVERS = ["survival", "creative"];
const TASKS_MS = 3_000;

/**
 * Starts everything.
 * @param {Host} host
 * @param {Address & { home: string, secret: string }} settings
 */
export async function startProgram({ runtime, listen }, { home: root, secret, ...address }) {
  const home = openHome(root);
  const parts = createParts(home);
  const { hub } = parts;
  const about = { runtime: runtime.name };
  await publishEvent(hub, "before_web_server_start", about);
  if (parts.servers.all().length === 0) await installFirst(parts);
  const listener = await listen(createApp(parts, { runtime, secret }).fetch, address);
  await publishEvent(hub, "after_web_server_start", about);
  startAlone(parts);
  return {
    listener,
    /** Ends everything in order; settles when no process and no connection is left. */
    async stop() {
      hub.drain();
      await publishEvent(hub, "before_web_server_stop", about);
      await parts.tasks.close({ timeoutMs: TASKS_MS });
      await stopServers(parts);
      await parts.watching.stop();
      await hub.disconnectAll();
      await listener.close();
      await publishEvent(hub, "after_web_server_stop", about);
      await hub.close();
      home.unlock();
    },
  };
}

/** @param {Parts} parts */
async function installFirst({ addons, operations }) {
  await addons.writeExample();
  for (const name of FIRST_SERVERS) operations.install(name, LATEST_VERSION);
}

/**
 * Starts those whose settings say so; nobody waits for them.
 * @param {Parts} parts
 */
function startAlone({ servers, operations, report }) {
  for (const server of servers.all().filter(({ settings }) => settings.autostart))
    server
      .exclusively("start", "stopped", () => operations.start(server))
      .catch((error) => report(error, { stage: "autostart" }));
}

/** @param {Parts} parts */
async function stopServers({ servers, operations }) {
  for (const server of servers.all()) server.close();
  await Promise.all(servers.all().map((server) => (server.isUp ? operations.stop(server) : server.stop())));
}
