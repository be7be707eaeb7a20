import { describe, expect, test } from "bun:test";
import { type ClientState, connect, type TopicClient } from "../../../src/client/index.ts";
import { token } from "../../support/token.ts";
import { type Scene, scene, until } from "./setup.ts";

/** A WebSocket of a network whose server's frames a test can add to. */
function injecting(network: ReturnType<typeof scene>["network"]) {
  const sockets: InstanceType<typeof network.WebSocket>[] = [];
  const WebSocket = class extends network.WebSocket {
    constructor(url: string | URL, protocols: string | readonly string[] = []) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  // As the platform calls it, so that what it throws is seen.
  const say = (data: unknown) => sockets.at(-1)?.onmessage?.(new MessageEvent("message", { data }));
  return { WebSocket, say };
}

test.each([
  "null",
  "5",
  '"text"',
  "[null, 5, [1]]",
  "<html>",
  "",
  new Uint8Array([1]),
  '{"data":1}',
  '{"data":1,"topic":5}',
  '{"status":"success","id":1e999,"topics":5}',
  '{"status":"error","id":"none"}',
  '{"type":"unsubscribed"}',
  '{"type":"gap","topic":null}',
])("a frame %p harms nothing", async (frame) => {
  const { hub, network, open, follow } = scene();
  const { WebSocket, say } = injecting(network);
  using client = await open({ WebSocket });
  const [topic, pattern] = [follow(client, "kept:a"), follow(client, "kept:*")];
  await Promise.all([topic.confirmed(1), pattern.confirmed(1)]);
  say(frame);
  await hub.publish("kept:a", 1);
  expect(await topic.have(1)).toEqual(["kept:a#1=1"]);
  expect(await pattern.have(1)).toEqual(["kept:a#1=1"]);
});

test.each(["__proto__", "constructor", "toString"])("a topic may be named %p", async (name) => {
  const { hub, network, open, follow } = scene({
    topics: [{ match: "*", history: { size: 9, ttl_s: 3600 } }],
  });
  using client = await open();
  const [topic, pattern] = [follow(client, name), follow(client, "*")];
  await Promise.all([topic.confirmed(1), pattern.confirmed(1)]);
  await hub.publish(name, 1);
  await Promise.all([topic.have(1), pattern.have(1)]);
  network.cut();
  await hub.publish(name, 2);
  client.reconnect();
  await until(client, "open");
  expect([await topic.have(2), await pattern.have(2)]).toEqual(
    [topic, pattern].map(() => [`${name}#1=1`, `${name}#2=2`]),
  );
  expect([topic, pattern].map(({ confirmations }) => confirmations.at(-1)?.recovered)).toEqual([true, true]);
});

describe("what stands before the server", () => {
  test("may ask by a date to be left alone: the client's own waits count", async () => {
    const { network, clock } = scene();
    const headers = { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" };
    network.serve({ fetch: () => new Response("busy", { status: 503, headers }) });
    const { WebSocket, fetch } = network;
    using client = connect("http://test/live", { token: await token(), WebSocket, fetch, clock });
    await until(client, "waiting");
    expect(client.state).toMatchObject({ reason: "The server answered 503" });
    const { retryAt } = client.state as ClientState & { status: "waiting" };
    expect(retryAt).toBeLessThanOrEqual(clock.now() + 500);
  });

  test("may answer nothing: it is not waited for without end", async () => {
    const { network, clock, start } = scene();
    network.down();
    const signals: AbortSignal[] = [];
    const fetch = (_: unknown, { signal }: RequestInit = {}) => {
      if (signal) signals.push(signal);
      return new Promise<Response>((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason)),
      );
    };
    const options = { fetch: fetch as typeof globalThis.fetch };
    using client = await start(options);
    while (signals.length === 0) await clock.advanceAsync(0);
    await clock.advanceAsync(9_999);
    expect(client.state.status).toBe("connecting");
    await clock.advanceAsync(1);
    await until(client, "waiting");
    using closed = await start(options);
    while (signals.length === 1) await clock.advanceAsync(0);
    closed.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

describe("a WebSocket that failed, where the server answers right after it", () => {
  /** Refuses so many upgrades, and nothing else. */
  function refusing() {
    const made = scene();
    const { WebSocket } = made.network;
    const refused = { left: 0 };
    const Refused = class extends WebSocket {
      constructor(url: string | URL, protocols: string | readonly string[] = []) {
        super(refused.left-- > 0 ? "ws://test/nowhere" : url, protocols);
      }
    };
    return { ...made, refused, Refused };
  }

  /** Moves the clock on until it is open again. */
  async function back(client: TopicClient, clock: Scene["clock"]): Promise<void> {
    await until(client, "waiting");
    while (client.state.status !== "open") await clock.advanceAsync(100);
  }

  test("is tried once more where others passed", async () => {
    const { network, clock, refused, Refused, open } = refusing();
    using client = await open({ WebSocket: Refused });
    refused.left = 1;
    network.cut();
    await back(client, clock);
    expect(client.state).toMatchObject({ transport: "websocket" });
  });

  test("is done without where that fails too, and where none ever passed", async () => {
    const { network, clock, refused, Refused, open } = refusing();
    using client = await open({ WebSocket: Refused });
    refused.left = 9;
    network.cut();
    await back(client, clock);
    expect(client.state).toMatchObject({ transport: "sse" });
    using other = await open({ WebSocket: Refused });
    expect(other.state).toMatchObject({ transport: "sse" });
  });
});
