import { describe, expect, test } from "bun:test";
import { within } from "../../support/deadline.ts";
import { token } from "../../support/token.ts";
import { serving } from "./serving.ts";

const HOUR = 3_600_000;

async function stream({ network }: ReturnType<typeof serving>, init?: RequestInit) {
  const { status, body } = await network.fetch(`/live/sse?topic=a&token=${await token()}`, init);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  if (status !== 200 || !reader) throw new Error(`no stream: ${status}`);
  return { read: () => reader.read(), next: () => within(reader.read(), 2000, "a chunk of the stream") };
}

describe("network.fetch", () => {
  test("publishes, and is held to the origin as a server holds it", async () => {
    const { network, follow } = serving();
    const client = await follow("a");
    const Authorization = `Bearer ${await token()}`;
    const body = '{"topic":"a","data":1}';
    const init = { method: "POST", headers: { Authorization }, body };
    expect((await network.fetch("http://test/live/publish", init)).status).toBe(200);
    expect(await client.next()).toMatchObject({ data: 1 });
    const url = `http://test/live/sse?topic=a&token=${await token()}`;
    for (const [Origin, status] of [
      ["https://evil.example", 403],
      ["http://test", 200],
    ] as const)
      expect((await network.fetch(new Request(url, { headers: { Origin } }))).status).toBe(status);
  });

  test("streams events, which a cut breaks off at both ends", async () => {
    const served = serving();
    const { next } = await stream(served);
    expect((await next()).value).toContain("event: subscribed");
    await served.hub.publish("a", 1);
    expect((await next()).value).toContain('"data":1');
    const pending = next();
    served.network.cut();
    await expect(pending).rejects.toThrow("The connection was cut");
    expect([served.ends, served.network.connections]).toEqual([[1006], []]);
  });

  test("stalls them, and goes on", async () => {
    const served = serving();
    const { next } = await stream(served);
    await next();
    served.network.stall();
    await served.hub.publish("a", 1);
    const { entries } = await served.hub.listConnections();
    expect(entries[0]?.unsent_bytes).toBeGreaterThan(0);
    const pending = next();
    served.network.resume();
    expect((await pending).value).toContain('"data":1');
  });

  test("drops one whose reader stays stalled, who then sees that it broke", async () => {
    const served = serving();
    const { next } = await stream(served);
    await next();
    served.network.stall();
    await served.hub.publish("a", 1);
    await served.clock.advanceAsync(120_000);
    expect(served.ends).toEqual([4002]);
    await expect(next()).rejects.toThrow("The connection was cut");
  });

  test("loses one that has vanished, which the server finds out by itself", async () => {
    const served = serving();
    const { next, read } = await stream(served);
    await next();
    served.network.vanish();
    await served.hub.publish("a", 1);
    let isTold = false;
    const told = () => {
      isTold = true;
    };
    read().then(told, told);
    for (let minutes = 0; minutes < 9; minutes++) await served.clock.advanceAsync(60_000);
    expect([served.ends, isTold]).toEqual([[4002], false]);
  });

  test("ends with its signal, before and after the answer", async () => {
    const served = serving();
    const leaving = new AbortController();
    const { next } = await stream(served, { signal: leaving.signal });
    await next();
    const pending = next();
    leaving.abort();
    await expect(pending).rejects.toMatchObject({ name: "AbortError" });
    expect(served.ends).toEqual([1006]);
    await expect(stream(served, { signal: leaving.signal })).rejects.toMatchObject({ name: "AbortError" });
    const early = new AbortController();
    const answer = stream(served, { signal: early.signal });
    queueMicrotask(() => early.abort());
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    await served.clock.advanceAsync(10);
    expect((await served.hub.listConnections()).entries).toEqual([]);
  });

  test("is closed by the hub with the code in its last event", async () => {
    const served = serving();
    const answer = await served.network.fetch(`/live/sse?topic=a&token=${await token()}`);
    const all = answer.text();
    await served.clock.advanceAsync(HOUR / 6);
    expect(await within(all, 2000, "the end of the stream")).toMatch(/event: close\ndata: .*4100.*\n\n$/);
    expect(served.network.connections).toEqual([]);
  });
});
