import { connect, createServer, type Socket } from "node:net";
import { Passage, type Way } from "./proxy-way.ts";

export type { Way } from "./proxy-way.ts";

/** A TCP proxy that breaks connections at a byte of their stream. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** All that came, the oldest first; those that are over stay. */
  readonly connections: readonly ProxyConnection[];
  /** Calls `prepare` with the next connection before any of its bytes pass; called again, with the one after it. */
  next(prepare: (connection: ProxyConnection) => void): void;
}

export interface ProxyConnection {
  readonly toServer: Way;
  readonly toClient: Way;
  /** Passes nothing on any more, an end neither, and keeps both sockets open. */
  vanish(): void;
  /** True once both sockets are closed. */
  readonly isOver: boolean;
}

/** Starts a proxy in front of `host` and `port`; it listens on a free port of the loopback interface. */
export async function startProxy({ host, port }: { host: string; port: number }): Promise<TcpProxy> {
  const connections: Pair[] = [];
  const prepared: ((connection: ProxyConnection) => void)[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const connection = new Pair(client, upstream);
    connections.push(connection);
    prepared.shift()?.(connection);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`no port to listen on: ${address}`);
  return {
    url: `http://127.0.0.1:${address.port}`,
    host: "127.0.0.1",
    port: address.port,
    connections,
    next: (prepare) => void prepared.push(prepare),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      for (const connection of connections) connection.reset();
      await closed;
    },
  };
}

class Pair implements ProxyConnection {
  readonly toServer: Way;
  readonly toClient: Way;
  readonly #sockets: readonly Socket[];
  #open = 2;
  #hasVanished = false;

  constructor(client: Socket, upstream: Socket) {
    this.#sockets = [client, upstream];
    const reset = () => this.reset();
    this.toServer = new Passage({ from: client, to: upstream, reset });
    this.toClient = new Passage({ from: upstream, to: client, reset });
    for (const socket of this.#sockets) {
      // An RST has no place in the stream: it passes a stall too, where this runtime tells of it.
      socket.on("error", () => this.#hasVanished || this.reset());
      socket.on("close", () => this.#open--);
    }
  }

  get isOver(): boolean {
    return this.#open === 0;
  }

  vanish(): void {
    this.#hasVanished = true;
    this.toServer.stall();
    this.toClient.stall();
  }

  reset(): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
  }
}
