// The peer of deliver.ts: a loop over all sockets, and no topics, tokens, limits or checks.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (message) => {
    const text = JSON.stringify({ ...JSON.parse(message.toString()), time: Date.now() });
    for (const other of server.clients) other.send(text);
  });
});
server.on("listening", () =>
  console.log(`topichub listening on http://127.0.0.1:${server.address().port} (node)`),
);
