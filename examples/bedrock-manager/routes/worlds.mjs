import { Hono } from "hono";
import { bodies, read } from "../input.mjs";
import { serverOf } from "./servers.mjs";
import { startTask } from "./tasks.mjs";

/** @import { SignedIn } from "../app.mjs" */
/** @import { Parts } from "../parts.mjs" */

/**
 * The world of a server, and what is added to it.
 * @param {Parts} parts
 */
export function worldRoutes(parts) {
  const { servers, worlds, addons, operations } = parts;
  /** @type {Hono<SignedIn>} */
  const routes = new Hono();
  return routes
    .post("/:name/world/export", (c) => {
      const server = serverOf(servers, c);
      worlds.mustHaveOne(server);
      return startTask(parts, c, { server, work: "export" }, (work) => operations.exportWorld(server, work));
    })
    .post("/:name/world/import", async (c) => {
      const server = serverOf(servers, c);
      const { export: id } = await read(c, bodies.import);
      worlds.mustHave(id);
      return startTask(parts, c, { server, work: "import", status: "stopped" }, (work) =>
        operations.importWorld(server, id, work),
      );
    })
    .post("/:name/world/reset", async (c) => {
      const server = serverOf(servers, c);
      await server.exclusively("reset", "stopped", () => operations.resetWorld(server));
      return c.json({ status: "success" });
    })
    .post("/:name/addons", async (c) => {
      const server = serverOf(servers, c);
      const { addon } = await read(c, bodies.addon);
      addons.mustHave(addon);
      await server.exclusively("import of an add-on", "stopped", () => operations.importAddon(server, addon));
      return c.json({ status: "success", addon });
    });
}
