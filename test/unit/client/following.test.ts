import { describe, expect, test } from "bun:test";
import type { Message } from "../../../src/client/index.ts";
import { scene } from "./setup.ts";

/** How many requests of an action the server was asked, by what the client sent. */
function counting(network: ReturnType<typeof scene>["network"]) {
  const sent: { action: string; topics?: unknown[] }[] = [];
  const WebSocket = class extends network.WebSocket {
    override send(text: string) {
      sent.push(JSON.parse(text));
      super.send(text);
    }
  };
  return { WebSocket, sent };
}

describe("callers who follow the same", () => {
  test("share one subscription, which ends with the last of them", async () => {
    const { hub, network, open, follow } = scene();
    const { WebSocket, sent } = counting(network);
    using client = await open({ WebSocket });
    const [one, two] = [follow(client, "kept:a"), follow(client, "kept:a")];
    await Promise.all([one.confirmed(1), two.confirmed(1)]);
    expect(sent).toMatchObject([{ action: "subscribe", topics: ["kept:a"] }]);
    one.subscription.unsubscribe();
    one.subscription.unsubscribe();
    await hub.publish("kept:a", 1);
    expect(await two.have(1)).toEqual(["kept:a#1=1"]);
    expect([one.told.length, hub.hasSubscribers("kept:a")]).toEqual([0, true]);
    two.subscription[Symbol.dispose]();
    await client.presence("kept:a");
    expect(hub.hasSubscribers("kept:a")).toBe(false);
    expect(sent.map(({ action }) => action)).toEqual(["subscribe", "unsubscribe", "presence"]);
  });

  test("who come and go in one turn are not asked for", async () => {
    const { network, open, follow } = scene();
    const { WebSocket, sent } = counting(network);
    using client = await open({ WebSocket });
    follow(client, "a").subscription.unsubscribe();
    const kept = follow(client, "b");
    await kept.confirmed(1);
    expect(sent).toMatchObject([{ topics: ["b"] }]);
  });

  test("each go on from their own place", async () => {
    const { hub, network, open, follow } = scene();
    using client = await open();
    const { epoch = "" } = await hub.publish("kept:a", 1);
    for (const data of [2, 3]) await hub.publish("kept:a", data);
    const old = follow(client, "kept:a", { since: { epoch, offset: 1 } });
    await old.have(2);
    const fresh = follow(client, "kept:a");
    await fresh.confirmed(1);
    await hub.publish("kept:a", 4);
    await Promise.all([old.have(3), fresh.have(1)]);
    network.cut();
    await hub.publish("kept:a", 5);
    client.reconnect();
    await Promise.all([old.confirmed(2), fresh.confirmed(2)]);
    await Promise.all([old.have(4), fresh.have(2)]);
    expect([old.told, fresh.told]).toEqual([
      [2, 3, 4, 5].map((data) => `kept:a#${data}=${data}`),
      [4, 5].map((data) => `kept:a#${data}=${data}`),
    ]);
    expect([...old.confirmations, ...fresh.confirmations].map(({ recovered }) => recovered)).toEqual([
      ...[true, true, undefined, true],
    ]);
  });
});

describe("after a reconnect", () => {
  test("one list asks for all, from where each stands", async () => {
    const { hub, network, open, follow } = scene();
    const { WebSocket, sent } = counting(network);
    using client = await open({ WebSocket });
    const all = Array.from({ length: 100 }, (_, at) => follow(client, `kept:${at}`));
    await Promise.all(all.map((one) => one.confirmed(1)));
    expect(sent).toHaveLength(1);
    await hub.publish("kept:7", 1);
    await all[7]?.have(1);
    network.cut();
    client.reconnect();
    await Promise.all(all.map((one) => one.confirmed(2)));
    expect(sent).toHaveLength(2);
    expect(sent[1]?.topics).toHaveLength(100);
    expect(sent[1]?.topics?.[7]).toMatchObject({ topic: "kept:7", since: { offset: 1 } });
  });

  test("names that fit into no message are asked for in several", async () => {
    const { network, open, follow } = scene({}, { limits: { subscriptions: 1000 } });
    const { WebSocket, sent } = counting(network);
    using client = await open({ WebSocket });
    const all = Array.from({ length: 300 }, (_, at) => follow(client, `${"é".repeat(100)}${at}`));
    await Promise.all(all.map((one) => one.confirmed(1)));
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.flatMap(({ topics = [] }) => topics)).toHaveLength(300);
  });

  test("what cannot be told any more is said once, and the rest goes on", async () => {
    const { hub, network, open, follow } = scene({
      topics: [{ match: "kept:*", history: { size: 2, ttl_s: 3600 } }],
    });
    using client = await open();
    const [trimmed, whole] = [follow(client, "kept:a"), follow(client, "kept:b")];
    await Promise.all([trimmed.confirmed(1), whole.confirmed(1)]);
    network.cut();
    for (const data of [1, 2, 3]) await hub.publish("kept:a", data);
    await hub.publish("kept:b", 1);
    client.reconnect();
    await Promise.all([trimmed.confirmed(2), whole.have(1)]);
    expect(trimmed.confirmations.at(-1)).toMatchObject({ recovered: false });
    expect(whole.confirmations.at(-1)).toMatchObject({ recovered: true });
    await hub.publish("kept:a", 4);
    expect(await trimmed.have(1)).toEqual(["kept:a#4=4"]);
  });
});

describe("what the server ends", () => {
  test("ends for who follows it, and says why", async () => {
    const { hub, open, follow } = scene();
    using client = await open();
    const [ended, other] = [follow(client, "kept:a"), follow(client, "kept:*")];
    await Promise.all([ended.confirmed(1), other.confirmed(1)]);
    await hub.unsubscribeUser("alex", "kept:a");
    await hub.publish("kept:a", 1);
    expect(await other.have(1)).toEqual(["kept:a#1=1"]);
    expect(ended.ended).toMatchObject([{ code: "forbidden", topic: "kept:a" }]);
    expect(ended.told).toEqual([]);
  });

  test("is asked for again where a position was lost", async () => {
    const { hub, open, follow } = scene();
    using client = await open();
    const one = follow(client, "kept:a");
    await one.confirmed(1);
    const [connection] = hub.connections();
    if (!connection) throw new Error("nobody is connected");
    hub.revoke(connection, "kept:a", "position_lost");
    await one.confirmed(2);
    await hub.publish("kept:a", 1);
    expect(await one.have(1)).toEqual(["kept:a#1=1"]);
  });

  test("is told to the client where the caller does not want to know", async () => {
    const { open } = scene({}, { limits: { subscriptions: 1 } });
    using client = await open();
    const errors: unknown[] = [];
    client.on("error", (error) => void errors.push(error.code));
    await client.subscribe("a", () => {}).ready;
    await client.subscribe("b", () => {}).ready.catch(() => {});
    expect(errors).toEqual(["limit_reached"]);
  });
});

test("direct messages are told of", async () => {
  const { hub, open } = scene();
  using client = await open();
  const told = new Promise((resolve) => client.on("direct", resolve));
  await hub.sendToUser("alex", { topic: "task:7", type: "task_update", data: { done: 1 } });
  expect(await told).toMatchObject({ topic: "task:7", type: "task_update", data: { done: 1 }, direct: true });
});

describe("a loop", () => {
  test("takes messages until it is left, and its subscription ends with it", async () => {
    const { hub, open, clock } = scene();
    using client = await open();
    const taken: unknown[] = [];
    const publishing = async () => {
      await client.subscribe("kept:a", () => {}).ready;
      for (const data of [1, 2, 3]) await hub.publish("kept:a", data);
    };
    const messages = client.topic("kept:*");
    const published = publishing();
    for await (const { data } of messages) if (taken.push(data) === 2) break;
    await published;
    expect(taken).toEqual([1, 2]);
    await clock.advanceAsync(0);
    const topics = (await hub.listTopics()).entries.map(({ topic }) => topic);
    expect(topics).toEqual(["kept:a"]);
  });

  test("ends with its signal, with the client, and by what is thrown into it and told nowhere else", async () => {
    const { hub, open } = scene();
    const client = await open();
    const errors: unknown[] = [];
    client.on("error", (error) => void errors.push(error));
    const ending = new AbortController();
    const loops = [client.topic("a", { signal: ending.signal }), client.topic("b"), client.topic("c")];
    const ends = loops.map((loop) => loop.next().catch((error) => error.code));
    ending.abort();
    expect(await ends[0]).toEqual({ value: undefined, done: true });
    await client.presence("a");
    await hub.unsubscribeUser("alex", "c");
    expect(await ends[2]).toBe("forbidden");
    client.close();
    expect(await ends[1]).toEqual({ value: undefined, done: true });
    expect(errors).toEqual([]);
  });

  test("that leaves too much waiting is ended, having had what waited", async () => {
    const { hub, open } = scene({}, { limits: { unsent_bytes: 2 ** 30 } });
    using client = await open();
    const loop = client.topic("a");
    await client.presence("a");
    for (let data = 0; data <= 10_000; data++) await hub.publish("a", data);
    await client.presence("a");
    const taken: Message[] = [];
    const error = await (async () => {
      for await (const message of loop) taken.push(message);
    })().catch(({ code }) => code);
    expect([error, taken.length]).toEqual(["slow_consumer", 10_001]);
    await client.presence("a");
    expect(hub.hasSubscribers("a")).toBe(false);
  });
});

describe("a publication", () => {
  test("waits for a connection, and gives up in time", async () => {
    const { network, clock, open, hub } = scene();
    using client = await open();
    network.down();
    network.cut();
    const [soon, late] = [client.publish("kept:a", 1), client.publish("kept:a", 2, { timeoutMs: 100 })];
    const failure = late.catch(({ code, message }) => [code, message]);
    await clock.advanceAsync(100);
    expect(await failure).toEqual(["timeout", "No answer to 'publish' within 100 ms"]);
    network.up();
    client.reconnect();
    expect(await soon).toMatchObject({ topic: "kept:a", offset: 1 });
    expect((await hub.history("kept:a"))?.publications.map(({ data }) => data)).toEqual([1]);
  });

  test("ends with its signal", async () => {
    const { open } = scene();
    using client = await open();
    const reason = new Error("enough");
    const gone = client.publish("a", 1, { signal: AbortSignal.abort(reason) }).catch((error) => error);
    expect(await gone).toBe(reason);
  });

  test("that comes too fast is sent again when the server says", async () => {
    const { clock, open, hub } = scene({}, { limits: { messages_per_second: 1, message_burst: 1 } });
    using client = await open();
    const all = Promise.all([1, 2, 3].map((data) => client.publish("kept:a", data)));
    await clock.advanceAsync(5000);
    expect((await all).map(({ offset }) => offset).sort()).toEqual([1, 2, 3]);
    expect((await hub.history("kept:a"))?.publications).toHaveLength(3);
  });
});

describe("a stream of events", () => {
  test("is not opened anew for a look at whether it is alive, unless it should have said something", async () => {
    const { network, clock, open, follow } = scene();
    using client = await open({ transport: "sse" });
    const one = follow(client, "unkept");
    await one.confirmed(1);
    client.reconnect();
    await clock.advanceAsync(29_000);
    client.reconnect();
    await clock.advanceAsync(0);
    expect(one.confirmations).toHaveLength(1);
    network.vanish();
    await clock.advanceAsync(31_000);
    client.reconnect();
    await one.confirmed(2);
    expect(one.confirmations.at(-1)).toMatchObject({ recovered: false });
  });

  test("that has long been silent is given up", async () => {
    const { hub, network, clock, open, follow } = scene();
    using client = await open({ transport: "sse" });
    const one = follow(client, "kept:a");
    await one.confirmed(1);
    network.vanish();
    await hub.publish("kept:a", 1);
    await clock.advanceAsync(62_000);
    expect(await one.have(1)).toEqual(["kept:a#1=1"]);
    expect(one.confirmations.at(-1)).toMatchObject({ recovered: true });
  });
});
