import { describe, expect, test } from "bun:test";
import { token } from "../../support/token.ts";
import { scene, until } from "./setup.ts";

describe("who is told of a state may change it at once", () => {
  test.each(["connecting", "open", "waiting"] as const)("closed when %s, it stays closed", async (when) => {
    const { network, clock, start, hub } = scene();
    const expiring = () => token({ exp: Math.floor(clock.now() / 1000) + 600 });
    using client = await start({ token: expiring });
    client.on("state", ({ status }) => status === when && client.close());
    const told: string[] = [];
    client.on("state", ({ status }) => void told.push(status));
    if (when !== "open") {
      await until(client, "open");
      network.cut();
    }
    await until(client, "closed");
    await clock.advanceAsync(0);
    expect(clock.timers).toBe(0);
    await clock.advanceAsync(60_000);
    expect([client.state.status, told.at(-1), hub.size.connections]).toEqual(["closed", "closed", 0]);
  });

  test("asked to connect where it waits, it connects once", async () => {
    const { network, clock, open, hub } = scene();
    using client = await open();
    client.on("state", ({ status }) => status === "waiting" && client.reconnect());
    const told: string[] = [];
    client.on("state", ({ status }) => void told.push(status));
    network.cut();
    await until(client, "open");
    await clock.advanceAsync(30_000);
    expect(hub.size.connections).toBe(1);
    expect(told).toEqual(["connecting", "connecting", "open"]);
  });
});

test("who is told that no token is to be had may close it", async () => {
  const { clock, start } = scene();
  using client = await start({ token: () => Promise.reject(new Error("no session")) });
  client.on("error", () => client.close());
  await until(client, "closed");
  await clock.advanceAsync(60_000);
  expect([client.state.status, clock.timers]).toEqual(["closed", 0]);
});

describe("who is told of an end may follow the same again", () => {
  test("and it is asked for once more", async () => {
    const { hub, open, follow } = scene();
    using client = await open();
    const codes: string[] = [];
    const again = () => follow(client, "kept:a", { onEnded });
    const onEnded = ({ code }: { code: string }) => {
      codes.push(code);
      again();
    };
    await again().confirmed(1);
    await hub.unsubscribeUser("alex", "kept:a");
    await client.presence("kept:a");
    expect(codes).toEqual(["forbidden"]);
    expect(hub.hasSubscribers("kept:a")).toBe(true);
  });
});

test("what was asked for while the server ended it does not stay without anybody", async () => {
  const { hub, network, open, follow } = scene();
  using client = await open();
  const first = follow(client, "kept:a");
  await first.confirmed(1);
  // It has asked once more, and does not know of the end.
  network.stall();
  const second = follow(client, "kept:a");
  await hub.unsubscribeUser("alex", "kept:a");
  while (!hub.hasSubscribers("kept:a")) await Promise.resolve();
  network.resume();
  await second.subscription.ready.catch(() => {});
  await client.presence("kept:a");
  expect([first.ended.length, second.ended.length, hub.hasSubscribers("kept:a")]).toEqual([1, 1, false]);
});

describe("a signal that lives on", () => {
  /** A signal that counts who waits for it. */
  function counted() {
    const { signal } = new AbortController();
    let waiting = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      waiting++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      waiting--;
      removeEventListener.apply(signal, args);
    };
    return { signal, waiting: () => waiting };
  }

  test("is let go by subscriptions that the server ended, and by those of a client that is closed", async () => {
    const { hub, open, follow } = scene();
    const { signal, waiting } = counted();
    const client = await open({ signal });
    await Promise.all(
      ["kept:a", "kept:b"].map((topic) => follow(client, topic, { signal }).subscription.ready),
    );
    const loop = client.topic("kept:c", { signal }).next();
    expect(waiting()).toBe(4);
    await hub.unsubscribeUser("alex", "kept:a");
    await client.presence("kept:a");
    expect(waiting()).toBe(3);
    client.close();
    await loop;
    expect(waiting()).toBe(0);
  });
});
