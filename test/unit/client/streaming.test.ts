import { describe, expect, test } from "bun:test";
import { scene } from "./setup.ts";

const sse = { transport: "sse" } as const;

/** A client that follows `kept:a` by a stream, and has had three of it. */
async function readingThree() {
  const made = scene();
  const client = await made.open(sse);
  const one = made.follow(client, "kept:a");
  await one.confirmed(1);
  const { epoch = "" } = await made.hub.publish("kept:a", 1);
  for (const data of [2, 3]) await made.hub.publish("kept:a", data);
  await one.have(3);
  return { ...made, client, one, epoch };
}

describe("a stream that is opened anew for another topic", () => {
  test("goes on where it was with those that have a history", async () => {
    const { hub, open, follow } = scene();
    using client = await open(sse);
    const [one, all] = [follow(client, "kept:a"), follow(client, "kept:*")];
    await Promise.all([one.confirmed(1), all.confirmed(1)]);
    await hub.publish("kept:a", 1);
    await Promise.all([one.have(1), all.have(1)]);
    const other = follow(client, "kept:b");
    await hub.publish("kept:a", 2);
    await Promise.all([one.confirmed(2), all.confirmed(2), other.confirmed(1)]);
    await hub.publish("kept:a", 3);
    await Promise.all([one.have(3), all.have(3)]);
    for (const { told, confirmations } of [one, all]) {
      expect(told).toEqual([1, 2, 3].map((data) => `kept:a#${data}=${data}`));
      expect(confirmations.map(({ recovered }) => recovered)).toEqual([undefined, true]);
    }
  });

  test("says to everybody that something may be missing, also to who shares what is asked for", async () => {
    const { open, follow } = scene();
    using client = await open(sse);
    const one = follow(client, "unkept");
    await one.confirmed(1);
    const two = follow(client, "unkept");
    await Promise.all([one.confirmed(2), two.confirmed(1)]);
    expect([one, two].map(({ confirmations }) => confirmations.at(-1)?.recovered)).toEqual([
      ...[false, undefined],
    ]);
  });

  test("does not go on from a place that only its caller knows", async () => {
    const { hub, network, clock, client, one, follow, epoch } = await readingThree();
    using _ = client;
    const late = follow(client, "kept:a", { since: { epoch, offset: 1 } });
    await Promise.all([one.confirmed(2), late.confirmed(1)]);
    await hub.publish("kept:a", 4);
    await Promise.all([one.have(4), late.have(1)]);
    const recovered = () =>
      [one, late].map(({ confirmations }) => confirmations.map(({ recovered }) => recovered));
    // It lacks 2 and 3, and is told so.
    expect(late.told).not.toContain("kept:a#2=2");
    expect(recovered()).toEqual([[undefined, true], [false]]);
    network.cut();
    await clock.advanceAsync(500);
    await Promise.all([one.confirmed(3), late.confirmed(2)]);
    expect(recovered()).toEqual([
      [undefined, true, true],
      [false, true],
    ]);
  });

  test("does not take the place of who left for that of who comes", async () => {
    const { client, one, follow, epoch } = await readingThree();
    using _ = client;
    one.subscription.unsubscribe();
    const late = follow(client, "kept:a", { since: { epoch, offset: 1 } });
    await late.confirmed(1);
    expect(late.confirmations).toMatchObject([{ recovered: false }]);
  });

  test("is not opened for what the server has ended", async () => {
    const { hub, open, follow } = scene();
    using client = await open(sse);
    const [ended, other] = [follow(client, "kept:a"), follow(client, "unkept")];
    await Promise.all([ended.confirmed(1), other.confirmed(1)]);
    await hub.unsubscribeUser("alex", "kept:a");
    await client.presence("unkept");
    await client.publish("unkept", 1);
    expect(await other.have(1)).toEqual(["unkept=1"]);
    expect([ended.ended.length, other.confirmations.length]).toEqual([1, 1]);
  });
});

test("text with line separators of JavaScript comes whole", async () => {
  const { hub, open, follow } = scene();
  using client = await open(sse);
  const one = follow(client, "kept:a");
  await one.confirmed(1);
  await hub.publish("kept:a", "a\u2028b\u2029");
  await hub.publish("kept:a", 2);
  await one.have(1);
  expect(one.messages[0]?.data).toBe("a\u2028b\u2029");
});

test("what the API has no route for fails, and the stream goes on", async () => {
  const { network, open, follow } = scene();
  const fetch = ((input: string, init?: RequestInit) =>
    input.includes("/history")
      ? Promise.resolve(new Response("404 Not Found", { status: 404 }))
      : network.fetch(input, init)) as typeof globalThis.fetch;
  using client = await open({ ...sse, fetch });
  const one = follow(client, "unkept");
  await one.confirmed(1);
  expect(await client.history("kept:a").catch(({ code }) => code)).toBe("not_found");
  expect([client.state.status, one.confirmations.length]).toEqual(["open", 1]);
});

test("a key of any characters may be given", async () => {
  const { hub, open } = scene();
  using client = await open(sse);
  for (const data of [1, 1]) await client.publish("kept:a", data, { idempotencyKey: "заказ 17" });
  expect((await hub.history("kept:a"))?.publications).toHaveLength(1);
});

test.each([0, 1])("a server that does not answer request %p of a stream is given up", async (answered) => {
  const { network, clock, start, follow } = scene();
  let left = answered;
  const unanswered = ({ signal }: RequestInit) =>
    new Promise<Response>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  const fetch = ((input: string, init: RequestInit = {}) =>
    left-- > 0 ? network.fetch(input, init) : unanswered(init)) as typeof globalThis.fetch;
  using client = await start({ ...sse, fetch });
  const states: string[] = [];
  client.on("state", ({ status }) => void states.push(status));
  follow(client, "kept:a");
  for (let turn = 0; turn < 20; turn++) await clock.advanceAsync(0);
  expect(client.state.status).toBe(answered > 0 ? "open" : "connecting");
  await clock.advanceAsync(20_000);
  expect(states).toContain("waiting");
  client.close();
  await clock.advanceAsync(0);
  expect(clock.timers).toBe(0);
});

test("who subscribes and then publishes gets it, as by a WebSocket", async () => {
  const { open, follow } = scene();
  for (const transport of ["websocket", "sse"] as const) {
    using client = await open({ transport });
    for (let round = 1; round <= 5; round++) {
      const topic = `unkept:${transport}:${round}`;
      const one = follow(client, topic);
      const refused = follow(client, "a b", { onEnded: () => {} });
      await client.publish(topic, round);
      await refused.subscription.ready.catch(() => {});
      expect(await one.have(1)).toEqual([`${topic}=${round}`]);
    }
  }
});
