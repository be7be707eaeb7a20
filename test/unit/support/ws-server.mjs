// The `ws` package under Node, behind the listening line: inside `bun test` the import would be Bun's own.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT), path: "/ws" });
server.on("listening", () => {
  console.error(JSON.stringify(Object.keys(process.env).sort()));
  console.log(`topichub listening on http://127.0.0.1:${server.address().port} (node)`);
});
server.on("connection", (socket, request) => {
  socket.on("error", () => {});
  socket.on("message", (data) => {
    const text = String(data);
    if (text === "fragments") {
      socket.send("one ", { fin: false });
      socket.ping("between");
      socket.send("mess", { fin: false });
      socket.send("age");
    } else if (text === "flood") {
      const block = "x".repeat(65536);
      for (let at = 0; at < 400; at++) socket.send(block);
      socket.send("flooded");
    } else if (text === "buffered") console.error(`buffered ${socket.bufferedAmount}`);
    else if (text === "binary") socket.send(new Uint8Array(3));
    else if (text === "terminate") socket.terminate();
    else if (text.startsWith("close ")) socket.close(Number(text.slice(6)), "as told");
    else socket.send(text);
  });
  socket.on("close", (code) => console.error(`closed ${code} ${request.url}`));
  socket.on("pong", (data) => socket.send(`pong ${data}`));
});
