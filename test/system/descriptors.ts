import { describe, expect, test } from "bun:test";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { openStream } from "../support/event-stream.ts";
import { scratchFolder } from "../support/guard.ts";
import { getJson, postJson } from "../support/http.ts";
import { connectRaw } from "../support/raw-http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { type Target, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

const [DESCRIPTORS, CONNECTIONS] = [256, 192];

/** Its program, with so many descriptors and no way to get more. */
const limited = ({ command }: Target) => ({
  command: ["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh", ...command],
});

/** CPU time that a process has used so far, in seconds. */
function cpuOf({ pid }: Server): number {
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const isClient = (it: Client | Error): it is Client => !(it instanceof Error);

describe("four hundred who want in where there are descriptors for fewer", () => {
  for (const target of [targets.node, targets.bun, targets.deno])
    test(target.name, () => crowd(target), 60_000);
});

async function crowd(target: Target): Promise<void> {
  const log_file = join(scratchFolder(), "server.log");
  writeFileSync(log_file, "");
  const limits = { connections_per_user: 1000, messages_per_second: 10_000, message_burst: 10_000 };
  const config = {
    limits,
    servers: [{ name: "s", pid: process.pid, log_file }],
    monitor: { interval_ms: 500 },
  };
  await using server = await spawnServer(limited(target), { config });
  const before = openDescriptors(server.pid);
  const bearer = await token();
  await using canary = await connect(server, { token: bearer });
  await canary.request({ action: "subscribe", topics: ["x", "server_log:s", "resource-monitor:s"] });
  const stream = await openStream(server, ["x"], { token: bearer });
  await stream.next();

  const accepted: number[] = [];
  const publish = async (data: number) => {
    const answer = await postJson(server, "/publish", { topic: "x", data }, { token: bearer }).catch(
      () => {},
    );
    if (answer?.status === 200) accepted.push(data);
  };
  const asked = Array.from({ length: 400 }, () =>
    connect(server, { token: bearer, ms: 4000 }).catch((error: Error) => error),
  );
  const published = Array.from({ length: 20 }, (_, at) => publish(at));
  const answers = await Promise.all(asked);
  await Promise.all(published);
  const clients = answers.filter(isClient);
  // The canary and the stream have two of the places.
  expect(clients.length).toBeWithin(CONNECTIONS / 2, CONNECTIONS - 1);

  // Who asks for nothing takes the rest, and what is left to the system after that.
  const silent = await Promise.all(
    Array.from({ length: 100 }, () => connectRaw(server).catch((error: Error) => error)),
  );
  const used = cpuOf(server);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(cpuOf(server) - used).toBeLessThan(0.6);

  // Who is in misses nothing, and what opens files by itself has descriptors for that.
  appendFileSync(log_file, "one\n");
  await canary.nextMatching(({ topic, data }) => topic === "server_log:s" && data === "one\n", 5000);
  const samples = ({ topic, data }: { topic?: string; data?: unknown }) =>
    topic === "resource-monitor:s" && JSON.stringify(data).includes('"pid"');
  await canary.nextMatching(samples, 5000);
  for (const client of clients)
    expect(await client.request({ action: "ping" }, 5000)).toMatchObject({ message: "pong" });
  const got = canary.received.filter(({ topic, type }) => topic === "x" && type === "message");
  expect(got.map(({ data }) => data as number).sort()).toEqual([...accepted].sort());
  for (const _ of accepted) expect((await stream.next()).data).toContain('"topic":"x"');

  // When they leave all is as before.
  for (const socket of silent) if (!(socket instanceof Error)) socket.reset();
  await Promise.all(clients.map((client) => client.close()));
  stream.connection.reset();
  await canary.request({ action: "unsubscribe", topics: ["server_log:s", "resource-monitor:s"] });
  await eventually(
    async () => (await getJson(server, "/healthz", { ms: 1000 })).status === 200,
    5000,
    "the server to accept again",
  );
  await (await connect(server, { token: bearer })).close();
  await publish(20);
  expect(accepted.at(-1)).toBe(20);
  // The canary is left, and what the runtimes keep open once they have looked at files and processes.
  const left = () => openDescriptors(server.pid) - before;
  await eventually(
    () => left() <= 8,
    10_000,
    () => `its descriptors to be closed: ${left()} are left`,
  );
  const lines = server.stderr().trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "warn", message: expect.stringContaining("limits.connections is 10000") },
    { level: "warn", message: expect.stringContaining("more sockets are turned away") },
  ]);
  expect(await server.stop()).toMatchObject({ code: 0 });
}
