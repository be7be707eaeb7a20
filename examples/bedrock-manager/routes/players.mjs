import { Hono } from "hono";
import { bodies, read } from "../input.mjs";
import { allowedOn } from "../players.mjs";
import { serverOf } from "./servers.mjs";

/** @import { Parts } from "../parts.mjs" */

/**
 * Who ever played.
 * @param {Parts} parts
 */
export function playerRoutes({ players, operations }) {
  return new Hono()
    .get("/", (c) => c.json({ status: "success", players: players.all() }))
    .post("/", async (c) => {
      const added = await operations.addPlayers((await read(c, bodies.players)).players);
      return c.json({ status: "success", added });
    })
    .post("/scan", async (c) => c.json({ status: "success", added: await operations.scanPlayers() }));
}

/**
 * Who may enter a server.
 * @param {Parts} parts
 */
export function allowListRoutes({ servers, operations }) {
  return new Hono()
    .get("/:name/allowlist", (c) => c.json({ status: "success", players: allowedOn(serverOf(servers, c)) }))
    .put("/:name/allowlist", async (c) => {
      const server = serverOf(servers, c);
      const { players } = await read(c, bodies.allowList);
      await server.exclusively("new allow list", undefined, () => operations.allow(server, players));
      return c.json({ status: "success", players });
    });
}
