import { Hono } from "hono";
import { bodies, read } from "../input.mjs";
import { serverOf } from "./servers.mjs";
import { startTask } from "./tasks.mjs";

/** @import { SignedIn } from "../app.mjs" */
/** @import { Parts } from "../parts.mjs" */

/**
 * The backups of a server.
 * @param {Parts} parts
 */
export function backupRoutes(parts) {
  const { servers, backups, worlds, operations } = parts;
  /** @type {Hono<SignedIn>} */
  const routes = new Hono();
  return routes
    .get("/:name/backups", async (c) =>
      c.json({ status: "success", backups: await backups.list(serverOf(servers, c)) }),
    )
    .post("/:name/backups", (c) => {
      const server = serverOf(servers, c);
      worlds.mustHaveOne(server);
      return startTask(parts, c, { server, work: "backup" }, (work) => operations.backUp(server, work));
    })
    .delete("/:name/backups", async (c) => {
      const server = serverOf(servers, c);
      const { keep } = await read(c, bodies.keep);
      const removed = await server.exclusively("pruning of backups", undefined, () =>
        operations.pruneBackups(server, keep),
      );
      return c.json({ status: "success", removed });
    })
    .post("/:name/backups/:id/restore", (c) => {
      const server = serverOf(servers, c);
      const id = c.req.param("id");
      backups.mustHave(server, id);
      return startTask(parts, c, { server, work: "restore", status: "stopped" }, (work) =>
        operations.restore(server, id, work),
      );
    });
}
