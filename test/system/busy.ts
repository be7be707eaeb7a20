import { describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { postJson } from "../support/http.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT, type Target, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

// Longer than a first message may take, and than a peer may be silent.
const BUSY_MS = 2000;
const LIVE = { path: "/live/ws" };

describe("an app that does nothing else for two seconds", () => {
  for (const target of Object.values<Target>(targets))
    test.concurrent(
      `${target.name} loses nobody, nor what was sent meanwhile`,
      () => survives(target),
      40_000,
    );
});

async function survives(target: Target): Promise<void> {
  const command = [...target.script(`${ROOT}test/support/embedded.mjs`), target.server, "impatient"];
  await using server = await spawnServer({ command });
  await using client = await connect(server, { ...LIVE, token: await token() });
  await using reader = await connect(server, { ...LIVE, token: await token() });
  for (const { request } of [client, reader]) await request({ action: "subscribe", topic: "order:1" });
  await using stranger = await connect(server, { ...LIVE, awaitsWelcome: false });

  const before = performance.now();
  const busy = postJson(server, `/busy/${BUSY_MS}`, {}, { ms: 10_000 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  // By now it answers nobody.
  const orders = Array.from({ length: 5 }, (_, at) => postJson(server, "/orders/1", { at }, { ms: 10_000 }));
  const signedIn = stranger.request({ action: "authenticate", token: await token() }, 10_000);
  const pongs = Array.from({ length: 50 }, () => client.request({ action: "ping" }, 10_000));

  for (const pong of await Promise.all(pongs)) expect(pong).toMatchObject({ message: "pong" });
  expect(performance.now() - before).toBeGreaterThan(BUSY_MS);
  expect(await signedIn).toMatchObject({ message: "Authenticated successfully" });
  expect((await busy).status).toBe(200);
  for (const order of orders) expect((await order).status).toBe(201);
  const told = (from: typeof client) =>
    from.received.flatMap(({ type, data }) => (type === "order" ? [(data as { at: number }).at] : []));
  await eventually(() => told(client).length + told(reader).length === 10, 5000, "the orders");
  // They come as they were published, which those who asked at once cannot know.
  expect(told(client)).toEqual(told(reader));
  expect(told(client).sort()).toEqual([0, 1, 2, 3, 4]);
  // Three more of the times in which a silent peer is given up.
  for (let at = 0; at < 12; at++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (at % 4 === 3) for (const { request } of [stranger, client]) await request({ action: "ping" });
  }
  expect(await reader.request({ action: "ping" })).toMatchObject({ message: "pong" });
}
