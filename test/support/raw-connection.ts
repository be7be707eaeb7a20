import { connect, type Socket } from "node:net";
import { within } from "./deadline.ts";

/** Where a server is: its address, or anything that has one (a spawned server, a URL as text). */
export type At = string | { readonly url: string };
export type Bytes = Uint8Array | string;

/** How the peer's side ended: `end` for a FIN, else the error's code, `ECONNRESET` for an RST. */
export type Ending = string;

/** Looks at all bytes that nobody took; `used` of them belong to `value`. Undefined asks for more. */
export type Parse<T> = (bytes: Buffer, hasEnded: boolean) => { value: T; used: number } | undefined;

/** A TCP connection read step by step. */
export interface RawConnection {
  readonly socket: Socket;
  write(bytes: Bytes): void;
  take<T>(parse: Parse<T>, ms: number, what: string): Promise<T>;
  /** From now on `reader` gets every chunk as it comes, first what is there already. */
  readWith(reader: (chunk: Buffer) => void): void;
  readonly hasEnded: boolean;
  readonly ended: Promise<Ending>;
  /** Sends a FIN; reading goes on. */
  end(): void;
  /** Sends an RST. */
  reset(): void;
}

export function urlOf(at: At): URL {
  return new URL(typeof at === "string" ? at : at.url);
}

/** Connects to the host and port of `at`; whatever else the address says is not looked at. */
export async function connectRaw(at: At, ms = 5000): Promise<RawConnection> {
  const { hostname, port, host } = urlOf(at);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80), noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve).once("error", reject);
  try {
    await within(promise, ms, `a connection to ${host}`);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return readStepwise(socket);
}

function readStepwise(socket: Socket): RawConnection {
  const ended = Promise.withResolvers<Ending>();
  let unread: Buffer = Buffer.alloc(0);
  let reader: ((chunk: Buffer) => void) | undefined;
  let ending: Ending | undefined;
  let change = Promise.withResolvers<void>();
  const changed = () => {
    change.resolve();
    change = Promise.withResolvers<void>();
  };
  const finish = (how: Ending) => {
    ending ??= how;
    ended.resolve(ending);
    changed();
  };
  socket.on("data", (chunk: Buffer) => {
    if (reader) return reader(chunk);
    unread = Buffer.concat([unread, chunk]);
    changed();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  socket.on("end", () => finish("end"));
  socket.on("close", () => finish("close"));

  async function parsed<T>(parse: Parse<T>): Promise<T> {
    for (;;) {
      const found = parse(unread, ending !== undefined);
      if (found) {
        unread = unread.subarray(found.used);
        return found.value;
      }
      if (ending !== undefined) throw new Error(`the connection ended (${ending}) after ${excerpt(unread)}`);
      await change.promise;
    }
  }

  return {
    socket,
    // Late answers, such as a pong after our FIN, are dropped: they are no failure of the connection.
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    take: (parse, ms, what) => within(parsed(parse), ms, () => `${what}; got ${excerpt(unread)}`),
    readWith(next) {
      reader = next;
      if (unread.length > 0) next(unread);
      unread = Buffer.alloc(0);
    },
    get hasEnded() {
      return ending !== undefined;
    },
    ended: ended.promise,
    end: () => void socket.end(),
    reset: () => void (socket.destroyed || socket.resetAndDestroy()),
  };
}

function excerpt(bytes: Buffer): string {
  return `${bytes.length} bytes ${JSON.stringify(bytes.subarray(0, 300).toString("latin1"))}`;
}
