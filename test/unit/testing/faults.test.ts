import { describe, expect, test } from "bun:test";
import { serving } from "./serving.ts";

const MINUTE = 60_000;
const large = "x".repeat(2000);

describe("a cut", () => {
  test("is seen by both ends, and nothing that is on its way arrives", async () => {
    const { hub, follow, ends } = serving();
    const client = await follow("kept:a");
    const published = hub.publish("kept:a", 1);
    client.send({ action: "subscribe", topic: "kept:b" });
    client.cut();
    await published;
    expect(await client.closed()).toEqual({ code: 1006, reason: "" });
    expect(ends).toEqual([1006]);
    expect(client.unread).toEqual([]);
    expect((await hub.listTopics()).entries).toEqual([]);
  });

  test("is got over by who comes back with a position", async () => {
    const { hub, follow } = serving();
    const first = await follow();
    const { epoch, offset } = await first.request({ action: "subscribe", topic: "kept:a" });
    first.cut();
    await hub.publish("kept:a", "missed");
    const second = await follow();
    const since = { epoch, offset };
    const reply = await second.request({ action: "subscribe", topic: "kept:a", since });
    expect(reply).toMatchObject({ recovered: true });
    expect(await second.next()).toMatchObject({ data: "missed" });
  });
});

describe("a stalled reader", () => {
  test("gets all that was sent once it goes on", async () => {
    const { hub, follow } = serving();
    const client = await follow("a");
    client.stall();
    for (const data of [1, 2]) await hub.publish("a", data);
    await expect(client.next(5)).rejects.toThrow("not within");
    const unsent = async () => (await hub.listConnections()).entries.map(({ unsent_bytes }) => unsent_bytes);
    expect((await unsent())[0]).toBeGreaterThan(50);
    client.resume();
    expect([(await client.next()).data, (await client.next()).data]).toEqual([1, 2]);
    expect(await unsent()).toEqual([0]);
  });

  test("is closed as a slow consumer, and sees that once it reads", async () => {
    const { hub, follow, ends } = serving({ limits: { unsent_bytes: 4096 } });
    const [slow, quick] = [await follow("a"), await follow("a")];
    slow.stall();
    for (let number = 0; number < 5; number++) await hub.publish("a", large);
    expect(ends).toEqual([4001]);
    slow.resume();
    expect(await slow.closed()).toMatchObject({ code: 4001 });
    for (let number = 0; number < 5; number++) expect((await quick.next()).data).toBe(large);
  });

  test("is dropped where it does not even then", async () => {
    const { hub, follow, clock } = serving({ limits: { unsent_bytes: 4096 } });
    const slow = await follow("a");
    slow.stall();
    for (let number = 0; number < 5; number++) await hub.publish("a", large);
    clock.advance(3000);
    expect(await slow.closed()).toEqual({ code: 1006, reason: "" });
  });

  test("can still send", async () => {
    const { follow, hub } = serving();
    const client = await follow();
    client.stall();
    client.send({ action: "subscribe", topic: "a" });
    client.send({ action: "ping", id: 1 });
    await expect(client.next(5)).rejects.toThrow("not within");
    expect((await hub.listTopics()).entries).toMatchObject([{ topic: "a" }]);
  });
});

describe("a connection that has vanished", () => {
  test("is found by the heartbeat, and its client is never told", async () => {
    const { hub, follow, clock, ends, network } = serving();
    const [gone, there] = [await follow("a"), await follow("a")];
    gone.send({ action: "subscribe", topic: "b" });
    gone.vanish();
    gone.send({ action: "subscribe", topic: "c" });
    await hub.publish("a", 1);
    expect(await there.next()).toMatchObject({ data: 1 });
    await clock.advanceAsync(0);
    expect((await hub.listTopics()).entries).toMatchObject([{ topic: "a" }]);
    clock.advance(5 * MINUTE);
    expect(ends).toEqual([4002]);
    await expect(gone.closed(5)).rejects.toThrow("not within");
    expect(await there.request({ action: "ping" })).toMatchObject({ status: "success" });
    expect(network.connections).toHaveLength(2);
    gone.cut();
    expect(network.connections).toHaveLength(1);
  });
});

test("faults of the network befall all that are open", async () => {
  const { hub, follow, network, clock, ends } = serving();
  const clients = [await follow("a"), await follow("a")];
  network.stall();
  await hub.publish("a", 1);
  await Promise.all(clients.map((client) => expect(client.next(5)).rejects.toThrow("not within")));
  network.resume();
  for (const client of clients) expect(await client.next()).toMatchObject({ data: 1 });
  network.cut();
  for (const client of clients) expect(await client.closed()).toMatchObject({ code: 1006 });
  await follow();
  network.vanish();
  clock.advance(5 * MINUTE);
  expect(ends).toEqual([1006, 1006, 4002]);
});

test("a token ends by the clock", async () => {
  const { follow, clock } = serving();
  const client = await follow();
  clock.advance(60 * MINUTE);
  expect(await client.closed()).toMatchObject({ code: 4100 });
});

test("a stop closes everybody by the clock", async () => {
  const { follow, clock, hub, network } = serving();
  const clients = [await follow("a"), await follow("a"), await follow("a")];
  const stopped = hub.close();
  await clock.advanceAsync(10_000);
  for (const client of clients) {
    expect(await client.next()).toMatchObject({ type: "reconnect" });
    expect(await client.closed()).toMatchObject({ code: 1012 });
  }
  await stopped;
  expect(network.connections).toEqual([]);
});
