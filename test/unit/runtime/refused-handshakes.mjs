// Prints what the memory of a server on node-ws grows by with each handshake that `ws` refuses.
import { once } from "node:events";
import { connect } from "node:net";
import { Hono } from "hono";
import { nodeWs } from "topichub/node-ws";
import { createAdaptorServer, createNodeWebSocket } from "../../node-v1/packages.mjs";

const app = new Hono();
const { upgradeWebSocket, injectWebSocket } = nodeWs(createNodeWebSocket, { app });
app.get(
  "/echo",
  upgradeWebSocket(() => ({})),
);
const server = createAdaptorServer(app);
injectWebSocket(server);
await once(server.listen(0, "127.0.0.1"), "listening");

const request =
  "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n";
async function refused(times) {
  for (let at = 0; at < times; at++) {
    const socket = connect(server.address().port, "127.0.0.1");
    socket.resume().end(request);
    await once(socket, "close");
  }
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
const before = await refused(300);
const after = await refused(1000);
console.log(Math.round((after - before) / 1000));
process.exit();
