import { type Closed, connect } from "../../test/support/client.ts";
import { eventually } from "../../test/support/deadline.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { token } from "../../test/support/token.ts";

/** A healthy client beside the others, to whom something small is published all the time. */
export interface Canary extends AsyncDisposable {
  /** The delays since the last call, from the publisher over the server to the client, in milliseconds. */
  takeDelays(): number[];
  /** Stops publishing, waits for what is on its way, and gives how many never came. Throws where one was closed. */
  stop(): Promise<number>;
}

const TOPIC = "canary:1";

/** @param everyMs How often it is published to, in milliseconds. */
export async function startCanary(server: Server, everyMs = 10): Promise<Canary> {
  // Longer than any run.
  const exp = Math.floor(Date.now() / 1000) + 86_400;
  const client = await connect(server, { token: await token({ sub: "canary", exp }) });
  const publisher = await connect(server, { token: await token({ sub: "canary's publisher", exp }) });
  await client.request({ action: "subscribe", topic: TOPIC });
  let delays: number[] = [];
  let published = 0;
  let received = 0;
  let isOver = false;
  const hearing = (async () => {
    while (!isOver) {
      const { data } = await client.next(60_000);
      delays.push(performance.now() - (data as { at: number }).at);
      received++;
    }
  })().catch(() => {});
  let closed: Closed | undefined;
  for (const one of [client, publisher])
    one.closed.then((how) => {
      closed ??= how;
    });
  const timer = setInterval(() => {
    publisher.send({ action: "publish", topic: TOPIC, data: { at: performance.now() } });
    published++;
  }, everyMs);
  return {
    takeDelays() {
      const taken = delays;
      delays = [];
      return taken;
    },
    async stop() {
      clearInterval(timer);
      if (closed) throw new Error(`a healthy client was closed with ${closed.code} ${closed.reason}`);
      await eventually(() => received === published, 60_000, "what is on its way").catch(() => {});
      return published - received;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearInterval(timer);
      await Promise.all([client[Symbol.asyncDispose](), publisher[Symbol.asyncDispose]()]);
      await hearing;
    },
  };
}

/** The value that a share of all is not above, as text: "1.2". */
export function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(1);
}
