import { expect, test } from "bun:test";
import { Hono } from "hono";
import { handshakeFault } from "../../../src/routes/handshake.ts";

const app = new Hono().get("/ws", (c) => handshakeFault(c) ?? c.text("upgrades"));

function answer(connection: string) {
  const headers = {
    Connection: connection,
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  return app.request("/ws", { headers });
}

test.each(["Upgrade", "upgrade", "keep-alive, Upgrade", "Upgrade,\tclose"])(
  "%j names it",
  async (connection) => {
    expect((await answer(connection)).status).toBe(200);
  },
);

// Node's parser takes none of them for an upgrade: they would be failures of the server, in its log.
test.each(["x-upgrade", "Upgrade\u0088", "upgrade/2", "no upgrade"])("%j does not", async (connection) => {
  expect((await answer(connection)).status).toBe(426);
});
