import { closeSync, openSync } from "node:fs";

/** A server of Bun's, as far as several of one port are looked after. */
type Server = Bun.Server<unknown>;

const LOOK_MS = 250;
// As many as may come between two looks; to begin again takes twice as many.
const SPARE = 16;

/** Servers of one port, of which one listens at most. */
export interface Relay {
  readonly port: number;
  /** Requests and WebSockets that are being served. */
  pending(): number;
  /** Accepts no more; settles as `stop` of Bun's servers does. */
  stop(isForced?: boolean): Promise<void>;
}

/**
 * Accepts connections while there are descriptors for more. Bun has no bound, and without any left it asks the system
 * for the next connection again and again, with all of a core: so it stops listening before, and begins anew later. Who
 * is connected stays with the server that it came to.
 * @param serve Begins to listen: at port 0 first, or the one asked for, and then at the port that this was.
 * @param full Called whenever it stops.
 */
export function relay(serve: (port?: number) => Server, full: () => void): Relay {
  let current: Server | undefined = serve();
  const port = current.port ?? 0;
  const earlier = new Set<Server>();
  const look = () => {
    for (const server of earlier) if (pendingOf(server) === 0) earlier.delete(server);
    if (current && !hasDescriptors(SPARE)) {
      void current.stop();
      earlier.add(current);
      current = undefined;
      full();
    } else if (!current && hasDescriptors(2 * SPARE)) current = attempt(() => serve(port));
  };
  const timer = setInterval(look, LOOK_MS);
  const all = () => (current ? [...earlier, current] : [...earlier]);
  return {
    port,
    pending: () => all().reduce((sum, server) => sum + pendingOf(server), 0),
    async stop(isForced) {
      clearInterval(timer);
      await Promise.all(all().map((server) => server.stop(isForced)));
    },
  };
}

function pendingOf({ pendingRequests, pendingWebSockets }: Server): number {
  return pendingRequests + pendingWebSockets;
}

/** True where that many more can be opened. Nothing else tells on every system. */
function hasDescriptors(count: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync("/dev/null", "r"));
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** What cannot be done now, as where somebody else took the port, is tried again. */
function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
