import { describe, expect, test } from "bun:test";
import { token } from "../../support/token.ts";
import { scene, until } from "./setup.ts";

describe("what is published while there is no connection", () => {
  test("fails alone where it is no JSON, and holds nothing up", async () => {
    const { hub, network, open, follow } = scene();
    using client = await open();
    const one = follow(client, "kept:a");
    await one.confirmed(1);
    network.cut();
    await until(client, "waiting");
    const wrong = client.publish("kept:a", 1n).catch((error: unknown) => error);
    const right = client.publish("kept:a", 2);
    client.reconnect();
    expect(await right).toMatchObject({ offset: 1 });
    expect(await wrong).toBeInstanceOf(TypeError);
    expect(client.state.status).toBe("open");
    expect(await one.have(1)).toEqual(["kept:a#1=2"]);
    expect((await hub.history("kept:a"))?.publications).toHaveLength(1);
  });

  test("is what it was when it was published", async () => {
    const { hub, network, open } = scene();
    using client = await open();
    network.cut();
    await until(client, "waiting");
    const data = { count: 1 };
    const published = client.publish("kept:a", data);
    data.count = 2;
    client.reconnect();
    await published;
    expect((await hub.history("kept:a"))?.publications[0]?.data).toEqual({ count: 1 });
  });
});

test("a page that came without TLS may publish", async () => {
  const { open } = scene();
  using client = await open();
  const { randomUUID } = crypto;
  Object.assign(crypto, { randomUUID: undefined });
  try {
    expect(await client.publish("kept:a", 1)).toMatchObject({ offset: 1 });
    expect(await client.publish("kept:a", 1)).toMatchObject({ offset: 2 });
  } finally {
    Object.assign(crypto, { randomUUID });
  }
});

test("what waits to be asked again leaves no timer behind a client that is closed", async () => {
  const { clock, open, follow } = scene({}, { limits: { messages_per_second: 1, message_burst: 1 } });
  const timers = new Set<() => void>();
  const counting = {
    now: () => clock.now(),
    after(ms: number, fn: () => void) {
      const cancel = clock.after(ms, () => {
        timers.delete(cancel);
        fn();
      });
      timers.add(cancel);
      return () => {
        timers.delete(cancel);
        cancel();
      };
    },
  };
  const client = await open({ clock: counting });
  const published = [1, 2].map((data) => client.publish("kept:a", data).catch(({ code }) => code));
  await published[0];
  const one = follow(client, "kept:a");
  await clock.advanceAsync(0);
  client.close();
  await clock.advanceAsync(0);
  expect(await published[1]).toBe("closed");
  expect([timers.size, one.confirmations.length]).toEqual([0, 0]);
});

describe("a token that comes late", () => {
  test("is not shown on another connection than the one that it was fetched for", async () => {
    const { network, clock, open } = scene();
    const sent: string[] = [];
    const WebSocket = class extends network.WebSocket {
      override send(text: string) {
        sent.push(JSON.parse(text).action);
        super.send(text);
      }
    };
    const ending = () => token({ exp: Math.floor(clock.now() / 1000) + 600 });
    const late = Promise.withResolvers<string>();
    const tokens = [ending(), late.promise, ending()];
    const client = await open({ WebSocket, token: () => tokens.shift() ?? ending() });
    await clock.advanceAsync(541_000);
    expect(tokens).toHaveLength(1);
    network.cut();
    client.reconnect();
    await until(client, "open");
    late.resolve(await ending());
    await clock.advanceAsync(0);
    expect(sent.filter((action) => action !== "ping")).toEqual([]);
    client.close();
    await clock.advanceAsync(0);
    expect(clock.timers).toBe(0);
  });
});
