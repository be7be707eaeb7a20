import { describe, expect, test } from "bun:test";
import { type ClientState, connect } from "../../../src/client/index.ts";
import { token } from "../../support/token.ts";
import { scene, until } from "./setup.ts";

/** A socket of which nothing is heard. */
class Silent {
  readyState = 0;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: (() => void) | undefined;
  send() {}
  close() {}
}

describe("the address", () => {
  test("is where the routes are, by http or ws, or that of /ws", async () => {
    const { hub, network, clock } = scene();
    const { WebSocket, fetch } = network;
    for (const url of [
      "http://test/live",
      "http://test/live/",
      "ws://test/live/ws",
      new URL("http://test/live"),
    ]) {
      using client = connect(url, { token: await token(), WebSocket, fetch, clock });
      await until(client, "open");
      expect(hub.size.connections).toBe(1);
      client.close();
      await clock.advanceAsync(0);
    }
  });

  test.each(["ftp://test/live", "http://test/live?token=x", "not an address"])("is not %p", (url) => {
    expect(() => connect(url)).toThrow(TypeError);
  });
});

describe("coming back", () => {
  test("waits longer each time, by lot, and is at once where it is asked for", async () => {
    const { network, clock, open } = scene();
    using client = await open({ minDelayMs: 1000, maxDelayMs: 8000 });
    const waits: number[] = [];
    client.on("state", (state) => {
      if (state.status === "waiting") waits.push(state.retryAt - clock.now());
    });
    network.down();
    network.cut();
    for (let round = 0; round < 8; round++) {
      await until(client, "waiting");
      client.reconnect();
      await until(client, "connecting");
    }
    await until(client, "waiting");
    for (const [at, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(Math.min(8000, 1000 * 2 ** at));
    }
    // By lot: that so many are alike would be a wonder.
    expect(new Set(waits).size).toBeGreaterThan(5);
    network.up();
    await clock.advanceAsync(8000);
    await until(client, "open");
  });

  test("begins with short waits again once a connection has lasted", async () => {
    const { network, clock, open } = scene();
    using client = await open({ minDelayMs: 1000, maxDelayMs: 64_000 });
    for (const [lasts, most] of [
      [0, 1000],
      [0, 2000],
      [0, 4000],
      [11_000, 1000],
    ] as const) {
      await clock.advanceAsync(lasts);
      network.cut();
      await until(client, "waiting");
      const { retryAt } = client.state as ClientState & { status: "waiting" };
      expect(retryAt - clock.now()).toBeLessThanOrEqual(most);
      client.reconnect();
      await until(client, "open");
    }
  });

  test("finds out by itself that the server is gone without a word", async () => {
    const { network, clock, open, hub, follow } = scene(
      {},
      { heartbeat: { interval_ms: 20_000, timeout_ms: 300_000 } },
    );
    using client = await open();
    const one = follow(client, "kept:a");
    await one.confirmed(1);
    network.vanish();
    await hub.publish("kept:a", 1);
    // Silence for as long as the welcome says, and no answer to a ping after that.
    await clock.advanceAsync(29_999);
    expect(client.state.status).toBe("open");
    await clock.advanceAsync(30_000);
    await one.confirmed(2);
    expect(one.confirmations.at(-1)?.recovered).toBe(true);
    expect(await one.have(1)).toEqual(["kept:a#1=1"]);
  });

  test("looks at once whether a connection is alive where it is asked to", async () => {
    const { network, clock, open } = scene();
    using client = await open({ minDelayMs: 1e6, maxDelayMs: 1e6 });
    client.reconnect();
    await clock.advanceAsync(20_000);
    expect(client.state.status).toBe("open");
    network.vanish();
    client.reconnect();
    await clock.advanceAsync(9999);
    expect(client.state.status).toBe("open");
    await clock.advanceAsync(1);
    expect(client.state.status).not.toBe("open");
  });

  test("is as late as the server asks for", async () => {
    const { clock, open, hub } = scene({ drain: { window_ms: 1, timeout_ms: 2000 } });
    // The server draws from less than one millisecond, and the client would from many.
    using client = await open({ minDelayMs: 1e6, maxDelayMs: 1e6 });
    const waits: [code: number, ms: number][] = [];
    client.on("state", (state) => {
      if (state.status === "waiting") waits.push([state.code, state.retryAt - clock.now()]);
    });
    const closing = hub.close();
    await clock.advanceAsync(2000);
    await closing;
    expect(waits[0]).toEqual([1012, 0]);
  });

  test("takes an error alone for the end, as where no close follows one", async () => {
    const { start } = scene();
    class Failing extends Silent {
      constructor() {
        super();
        queueMicrotask(() => this.onerror?.());
      }
    }
    using client = await start({ WebSocket: Failing, transport: "websocket" });
    for (let round = 0; round < 3; round++) {
      await until(client, "waiting");
      client.reconnect();
    }
  });

  test("gives up a server that does not open the connection", async () => {
    const { clock, start } = scene();
    const made = Promise.withResolvers<void>();
    class Told extends Silent {
      constructor() {
        super();
        made.resolve();
      }
    }
    using client = await start({ WebSocket: Told, transport: "websocket" });
    await made.promise;
    await clock.advanceAsync(9_999);
    expect(client.state.status).toBe("connecting");
    await clock.advanceAsync(1);
    await until(client, "waiting");
  });
});

describe("a token", () => {
  test("is renewed before it ends, without a new connection", async () => {
    const { clock, open, hub } = scene();
    const asked: number[] = [];
    const get = () => {
      asked.push(clock.now());
      return token({ exp: Math.floor(clock.now() / 1000) + 600 });
    };
    using client = await open({ token: get });
    const [connection] = hub.connections();
    await clock.advanceAsync(539_000);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(3000);
    expect(asked).toHaveLength(2);
    await clock.advanceAsync(300_000);
    expect([client.state.status, hub.connections()]).toEqual(["open", [connection as never]]);
  });

  test("that is not to be had is told of, and asked for again", async () => {
    const { clock, start } = scene();
    const errors: string[] = [];
    let isThere = false;
    const get = () => (isThere ? token() : Promise.reject(new Error("no session")));
    using client = await start({ token: get });
    client.on("error", ({ code, message }) => void errors.push(`${code}: ${message}`));
    await until(client, "waiting");
    expect(errors).toEqual(["unauthorized: No token was to be had: Error: no session"]);
    isThere = true;
    await clock.advanceAsync(500);
    await until(client, "open");
  });

  test("with characters that no token has is not shown to anybody", async () => {
    const { network, clock } = scene();
    const errors: string[] = [];
    using client = connect("http://test/live", {
      token: "a secret, with a comma",
      WebSocket: network.WebSocket,
      clock,
    });
    client.on("error", ({ message }) => void errors.push(message));
    await until(client, "waiting");
    expect(errors).toEqual(["No token was to be had: it has characters that no token has"]);
  });
});

test("a client that is closed tells so, asks nothing, and leaves no timer behind", async () => {
  const { clock, open, hub } = scene();
  const client = await open({ token: () => token() });
  const states: string[] = [];
  client.on("state", ({ status }) => void states.push(status));
  client.close();
  client.close();
  await clock.advanceAsync(0);
  expect(states).toEqual(["closed"]);
  expect(hub.size.connections).toBe(0);
  expect(clock.timers).toBe(0);
  expect(() => client.subscribe("a", () => {})).toThrow("The client is closed");
  expect(await client.publish("a", 1).catch(({ code }) => code)).toBe("closed");
});

test("a signal closes it, also one that has gone off", async () => {
  const { open, start, hub, clock } = scene();
  const ending = new AbortController();
  const client = await open({ signal: ending.signal });
  ending.abort();
  expect(client.state.status).toBe("closed");
  const late = await start({ signal: ending.signal });
  expect(late.state.status).toBe("closed");
  await clock.advanceAsync(1000);
  expect(hub.size.connections).toBe(0);
});
