import { connect } from "../support/client.ts";
import { responseTo } from "../support/http-response.ts";
import { residentBytes } from "../support/memory.ts";
import { connectRaw, type RawConnection } from "../support/raw-connection.ts";
import { requestBytes } from "../support/raw-http.ts";
import type { Server } from "../support/spawn-server.ts";
import { token } from "../support/token.ts";
import { excerpt, Fault } from "./fault.ts";

/** Watches over a server while others do it harm. */
export interface Watch extends AsyncDisposable {
  /** Throws a `Fault` unless all is well: the process, its health, its memory, its log, and a client of its own. */
  look(): Promise<void>;
  readonly memory: Memory;
}

/** Resident bytes of the server. */
export interface Memory {
  start: number;
  peak: number;
  end: number;
}

// What the runtimes take for a heap that they let grow before they collect: measured with no more than well-formed
// messages, and see scripts/fuzz.ts for what a million inputs came to.
const ALLOWANCE = 200 * 2 ** 20;
/** Looks until the memory is what a server has that works. */
const WARM_UP = 20;
const MS = 15_000;
const exp = 4_102_444_800;

export async function startWatch(server: Server): Promise<Watch> {
  const client = await connect(server, { token: await token({ sub: "canary", exp }) });
  const publisher = await connect(server, { token: await token({ sub: "canary's publisher", exp }) });
  await client.request({ action: "subscribe", topic: "canary" });
  const start = residentBytes(server.pid);
  const memory: Memory = { start, peak: start, end: start };
  const log = server.stderr();
  let health: RawConnection | undefined;
  let hasEnded = false;
  server.exited.then(() => {
    hasEnded = true;
  });
  let looks = 0;
  let offset = 0;

  async function lookAtHealth(): Promise<void> {
    if (!health || health.hasEnded) health = await connectRaw(server, MS);
    health.write(requestBytes(server, { target: "/healthz" }));
    const { status } = await health.take(responseTo("GET"), MS, "a response to GET /healthz");
    if (status !== 200) throw new Fault(`GET /healthz was answered ${status}`);
  }

  async function lookAtCanary(): Promise<void> {
    const data = ++offset;
    const reply = await publisher.request({ action: "publish", topic: "canary", data }, MS);
    if (reply.offset !== offset) throw new Fault(`the canary's publisher was answered ${excerpt(reply)}`);
    const message = await client.next(MS);
    if (message.topic !== "canary" || message.offset !== offset || message.data !== data)
      throw new Fault(`the canary got ${excerpt(message)} in place of number ${offset}`);
    if (client.unread.length > 0) throw new Fault(`the canary got ${excerpt(client.unread)} besides`);
  }

  function lookAtMemory(): void {
    memory.end = residentBytes(server.pid);
    memory.peak = Math.max(memory.peak, memory.end);
    if (++looks === WARM_UP) memory.start = memory.end;
    if (looks > WARM_UP && memory.end > memory.start + ALLOWANCE)
      throw new Fault(`its memory grew from ${memory.start} to ${memory.end} bytes`);
  }

  return {
    async look() {
      if (hasEnded) throw new Fault("the process has ended");
      await Promise.all([lookAtHealth(), lookAtCanary()]);
      lookAtMemory();
      const added = server.stderr().slice(log.length);
      if (added !== "") throw new Fault(`its log says ${excerpt(added)}`);
    },
    memory,
    async [Symbol.asyncDispose]() {
      health?.reset();
      await Promise.all([client[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
    },
  };
}
