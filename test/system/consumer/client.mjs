// Follows a topic with the client library as it is built, publishes to it, and ends. Arguments: url, token, transport.
import process from "node:process";
import { connect } from "../../../dist/client/index.js";

const [url, token, transport] = process.argv.slice(2);
// Node 20 has none of its own.
const WebSocket = globalThis.WebSocket ?? (await import("ws")).WebSocket;
const hub = connect(url, { token, transport, WebSocket });
hub.on("state", ({ status }) => status === "closed" && console.log(status));
const messages = hub.topic("event:a");
await hub.publish("event:a", { a: 1 });
await hub.publish("event:a", { a: 2 });
for await (const { offset, data } of messages) {
  console.log(offset, JSON.stringify(data));
  if (offset === 2) break;
}
hub.close();
