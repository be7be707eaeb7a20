import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type Message } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { createFakeTime } from "../support/fake-time.ts";
import { scratchFolder } from "../support/guard.ts";
import { getJson, postJson } from "../support/http.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { type Target, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

const HOUR_S = 3600;
const TTL_S = 6;
const HEARTBEAT = { interval_ms: 600, timeout_ms: 600 };
const RATE = { messages_per_second: 1, message_burst: 5 };

describe("a clock that is put an hour on, and right again", () => {
  for (const target of Object.values<Target>(targets))
    for (const hours of [1, -1])
      test.concurrent(
        `${target.name}, ${hours > 0 ? "forward" : "back"}`,
        () => steps(target, hours),
        120_000,
      );
});

async function steps(target: Target, hours: number): Promise<void> {
  const clock = createFakeTime();
  const pid_file = join(scratchFolder(), "server.pid");
  writeFileSync(pid_file, String(process.pid));
  const config = {
    heartbeat: HEARTBEAT,
    limits: RATE,
    topics: [{ match: "kept:*", history: { size: 100, ttl_s: TTL_S } }],
    servers: [{ name: "s", pid_file }],
    monitor: { interval_ms: 500 },
  };
  await using server = await spawnServer(target, {
    config,
    env: { ...clock.env, LOG_LEVEL: "debug" },
    ms: 45_000,
  });
  // Good in either hour.
  const good = { iat: undefined, exp: Date.now() / 1000 + 3 * HOUR_S };
  const open = async (user: string, exp = good.exp, answersPings = true) =>
    connect(server, { token: await token({ sub: user, exp }), answersPings });
  const publisher = await token({ ...good, sub: "publisher" });
  const publish = async (data: number) =>
    expect((await postJson(server, "/publish", { topic: "kept:a", data }, { token: publisher })).status).toBe(
      200,
    );
  const keptNow = async () => {
    const answer = await getJson(server, "/topics/kept:a/history", {
      token: await token({ ...good, sub: `r${Math.random()}` }),
    });
    return (answer.json.publications as Message[]).map(({ data }) => data);
  };

  await using client = await open("client");
  await using hasty = await open("hasty");
  await using ending = await open("ending", Date.now() / 1000 + HOUR_S / 2);
  await client.request({ action: "subscribe", topics: ["kept:a", "resource-monitor:*"] });
  await publish(1);
  await Promise.all(Array.from({ length: RATE.message_burst }, () => hasty.request({ action: "ping" })));
  clock.put(hours * HOUR_S);
  const steppedAt = performance.now();

  // Rates neither open up nor shut anybody out.
  const refused = await hasty.request({ action: "ping" });
  expect(refused).toMatchObject({ code: "rate_limited" });
  expect(refused.retry_after_ms).toBeWithin(1, 1001);
  const isLetIn = async () => (await hasty.request({ action: "ping" })).status === "success";
  await eventually(isLetIn, 5000, "the rate to be whole again");

  // Histories keep what they have for its own time, and what comes meanwhile.
  await publish(2);
  expect(await keptNow()).toEqual([1, 2]);
  const told = await client.nextMatching(({ data }) => data === 2, 5000);
  expect(Math.abs((told.time ?? 0) - Date.now() - hours * HOUR_S * 1000)).toBeLessThan(60_000);

  // A process is as old as it is, and no younger than the file that names it.
  for (const name of ["s", "topichub"]) {
    const isSampled = ({ topic, data }: Message) =>
      topic === `resource-monitor:${name}` && /"uptime":"0:0\d:\d\d"/.test(JSON.stringify(data));
    await client.nextMatching(isSampled, 5000);
  }
  expect((await getJson(server, "/healthz")).json.uptime_s).toBeWithin(0, 120);

  // Silence is not counted by that clock: who answers stays, and who does not goes in time.
  const before = performance.now();
  await using dead = await open("dead", good.exp, false);
  await within(dead.closed, 15_000, "the peer that answers nothing to be given up");
  expect(performance.now() - before).toBeGreaterThan(HEARTBEAT.interval_ms);

  // A token ends by it: soon after it was put forward.
  if (hours > 0) {
    expect(await within(ending.closed, 45_000, "the end of a token")).toMatchObject({ code: 4100 });
    expect(performance.now() - steppedAt).toBeLessThan(40_000);
  }
  await publish(3);
  clock.put(0);
  // What was published meanwhile is no older for it.
  expect((await keptNow()).at(-1)).toBe(3);
  await publish(4);
  await eventually(async () => (await keptNow()).length === 0, (TTL_S + 5) * 1000, "what is kept to expire");
  expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
  if (hours < 0) expect(await ending.request({ action: "ping" })).toMatchObject({ message: "pong" });
  const entries = server
    .stderr()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const codes = entries.flatMap(({ message, user, code }) =>
    message === "disconnected" ? [[user, code]] : [],
  );
  expect(codes.filter(([user]) => user !== "dead")).toEqual(hours > 0 ? [["ending", 4100]] : []);
}
