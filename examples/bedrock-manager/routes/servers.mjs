import { Hono } from "hono";
import { bodies, parse, read, serverName } from "../input.mjs";
import { LATEST_VERSION } from "../servers.mjs";

/** @import { Context } from "hono" */
/** @import { Parts } from "../parts.mjs" */
/** @import { BedrockServer } from "../server.mjs" */
/** @import { Servers } from "../servers.mjs" */

/**
 * The server that a request's path names.
 * @param {Servers} servers
 * @param {Context} c
 */
export function serverOf(servers, c) {
  return servers.get(parse(serverName, c.req.param("name"), "A server"));
}

/** @param {BedrockServer} server */
const describe = ({ name, status, settings }) => ({ name, status, ...settings });

/**
 * What is installed, and what runs.
 * @param {Parts} parts
 */
export function serverRoutes({ servers, operations }) {
  return new Hono()
    .get("/", (c) => c.json({ status: "success", servers: servers.all().map(describe) }))
    .post("/", async (c) => {
      const { name, version = LATEST_VERSION } = await read(c, bodies.install);
      servers.mustBeFree(name);
      return c.json({ status: "success", server: describe(await operations.install(name, version)) }, 201);
    })
    .post("/:name/update", async (c) => {
      const server = serverOf(servers, c);
      const { version = LATEST_VERSION } = await read(c, bodies.update);
      await server.exclusively("update", "stopped", () => operations.update(server, version));
      return c.json({ status: "success", server: describe(server) });
    })
    .post("/:name/start", async (c) => {
      const server = serverOf(servers, c);
      await server.exclusively("start", "stopped", () => operations.start(server));
      return c.json({ status: "success", server: describe(server) });
    })
    .post("/:name/stop", async (c) => {
      const server = serverOf(servers, c);
      await server.exclusively("stop", "running", () => operations.stop(server));
      return c.json({ status: "success", server: describe(server) });
    })
    .post("/:name/restart", async (c) => {
      const server = serverOf(servers, c);
      await server.exclusively("restart", "running", async () => {
        await operations.stop(server);
        await operations.start(server);
      });
      return c.json({ status: "success", server: describe(server) });
    })
    .post("/:name/commands", async (c) => {
      const server = serverOf(servers, c);
      const { command } = await read(c, bodies.command);
      server.mustBe("running");
      await operations.command(server, command);
      return c.json({ status: "success", command });
    })
    .put("/:name/autostart", async (c) => {
      const server = serverOf(servers, c);
      const { autostart } = await read(c, bodies.autostart);
      await operations.setAutostart(server, autostart);
      return c.json({ status: "success", server: describe(server) });
    });
}
