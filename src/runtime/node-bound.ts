import type { Server } from "node:http";
import { Server as TcpServer } from "node:net";
import type { SocketBound } from "../routes/runtime.ts";

// So many sockets below the most it is full no more: half of what is left to requests.
const RELIEF = 12;
const RETRY_MS = 250;

/**
 * Has a server accept no more sockets than it has descriptors for: `node:net` closes those on top of them. Under Deno
 * that is not enough. What comes in a burst takes all descriptors before anybody is asked, and Deno then never accepts
 * again, without a word: there the full server stops listening, and begins anew later.
 * @param listen Begins to listen again where it did before.
 * @returns Says that the server is being closed, and MUST NOT listen again.
 */
export function boundSockets(server: Server, { most, full }: SocketBound, listen: () => void): () => void {
  const mustStop = "Deno" in globalThis;
  let open = 0;
  let isFull = false;
  let isOver = false;
  server.maxConnections = most;
  const fill = () => {
    isFull = true;
    // That of HTTP would no longer look for requests that take too long.
    if (mustStop) TcpServer.prototype.close.call(server);
    full();
  };
  const relieve = () => {
    isFull = false;
    if (mustStop && !isOver) listen();
  };
  if (mustStop) server.on("error", () => setTimeout(() => !isOver && listen(), RETRY_MS));
  server.on("connection", (socket) => {
    open++;
    if (open >= most && !isFull) fill();
    socket.once("close", () => {
      open--;
      if (isFull && open <= Math.max(most - RELIEF, 0)) relieve();
    });
  });
  return () => {
    isOver = true;
  };
}
