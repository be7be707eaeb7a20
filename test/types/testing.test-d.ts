// Compiled, never run: what must not compile stands behind @ts-expect-error.
import { Hono } from "hono";
import type { ClientOptions } from "../../src/client/options.ts";
import { type Runtime, TopicHub } from "../../src/index.ts";
import { createTestNetwork, ManualClock, type TestConnection } from "../../src/testing/index.ts";

export async function compiles() {
  const clock = new ManualClock();
  const network = createTestNetwork({ app: new Hono<{ Bindings: { key: string } }>() });
  network.serve({ fetch: async () => new Response() });
  const { WebSocket, fetch } = network;
  const options: ClientOptions = { WebSocket, fetch, clock };
  const client = await network.connect("/live/ws", { token: "a token", headers: { Origin: "http://test" } });
  const open: readonly TestConnection[] = network.connections;
  const runtime: Runtime = network.runtime;
  const { code }: { code: number } = await client.closed();
  return [options, open, runtime, code, new TopicHub({ clock }), (await client.next()).data];
}

export async function doesNotCompile() {
  const network = createTestNetwork();
  // @ts-expect-error what answers no request
  network.serve({});
  // @ts-expect-error who connects has another name for it
  network.connect("/live/ws", { jwt: "a token" });
  const client = await network.connect("/live/ws");
  // @ts-expect-error a request is an object
  client.request("ping");
  // @ts-expect-error what it holds is not known before it is looked at
  (await client.next()).data.state;
}
