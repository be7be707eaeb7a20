// A client in a process of its own: it subscribes to a topic, and prints what comes. Arguments: URL, token, topic.
import { WebSocket } from "ws";

const [url, token, topic] = process.argv.slice(2);
const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } });
socket.on("open", () => socket.send(JSON.stringify({ action: "subscribe", topic })));
socket.on("message", (text) => process.stdout.write(`${text}\n`));
