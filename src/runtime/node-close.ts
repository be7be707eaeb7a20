import type { Server } from "node:http";

const SWEEP_MS = 100;
const CLOSE_GRACE_MS = 5_000;

/**
 * Closes a server with its WebSockets. `server.close` waits for open ones and for idle connections for ever, and
 * an upgrade that was still being checked comes later: so it sweeps until the server says that it is closed.
 * @param sockets Its open WebSockets.
 */
export function closeServer(server: Server, sockets: ReadonlySet<{ terminate(): void }>): Promise<void> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections();
      if (performance.now() - startedAt < CLOSE_GRACE_MS) return;
      server.closeAllConnections();
      for (const socket of sockets) socket.terminate();
    }, SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
