// The program on version 1 of node-server, as an app of some years would have it. Plain JavaScript, because Node 20
// runs no other.
import process from "node:process";
import { printLine, writeLine } from "../../dist/cli/host.js";
import { run } from "../../dist/cli/run.js";
import { closeServer } from "../../dist/runtime/node-close.js";
import { nodeWs } from "../../dist/runtime/node-ws.js";
import { createAdaptorServer, createNodeWebSocket } from "../node-v1/packages.mjs";

let served;
const app = { fetch: (...args) => served.fetch(...args) };
const { runtime, injectWebSocket, wss } = nodeWs(createNodeWebSocket, { app });

async function listen(app, { hostname, port, maxMessageBytes }) {
  served = app;
  wss.options.maxPayload = maxMessageBytes;
  const serverOptions = {
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    connectionsCheckingInterval: 1_000,
  };
  const server = createAdaptorServer({ fetch: app.fetch, hostname: "localhost", serverOptions });
  injectWebSocket(server);
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, hostname, resolve);
  });
  return { hostname, port: server.address().port, close: () => closeServer(server, wss.clients) };
}

await run(process.argv.slice(2), { runtime, listen, writeLine, printLine });
