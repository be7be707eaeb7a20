// A stop under load: many connections on one topic, publications over HTTP in the background, SIGTERM in the middle.
// Prints when each connection was closed and told to come back, and whether a publication that was accepted is missing
// from anybody. Linux only: it reads /proc. Ends with status 1 where something is not as PROTOCOL.md, Stopping, has it.
//   bun scripts/faults/drain.ts [node|node-ws|bun|deno|deno-native] [connections] [window_ms]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../../test/support/child.ts";
import { eventually } from "../../test/support/deadline.ts";
import { environment } from "../../test/support/environment.ts";
import { scratchFolder } from "../../test/support/guard.ts";
import { postJson } from "../../test/support/http.ts";
import { type Server, spawnServer } from "../../test/support/spawn-server.ts";
import { ROOT, targets } from "../../test/support/targets.ts";
import { token } from "../../test/support/token.ts";
import type { Notes } from "./drain-clients.ts";

const [name = "bun", count = "5000", window = "5000"] = process.argv.slice(2);
const target = Object.values(targets).find((target) => target.name === name);
if (!target) throw new Error(`takes one of ${Object.keys(targets).join(", ")}, got ${name}`);
const connections = Number(count);
const drain = { window_ms: Number(window), timeout_ms: 10_000 };
const CLIENTS = 2;
const PUBLISHERS = 4;
const PUBLISH_EVERY_MS = 200;
const BARS = 20;
const OPENING_MS = 180_000;

/** Opens the connections, in processes of their own for the sake of their descriptors. */
async function openAll(server: Server): Promise<() => Promise<Notes[]>> {
  const admission = await token();
  const children = Array.from({ length: CLIENTS }, (_, at) => {
    const file = join(scratchFolder(), "notes.json");
    const share = Math.floor((connections + at) / CLIENTS);
    const command = [process.execPath, `${ROOT}scripts/faults/drain-clients.ts`];
    const args = [server.url, admission, String(share), file];
    const child = startChild([...command, ...args], {
      cwd: ROOT,
      env: environment({}),
      leavesLogsUnread: false,
    });
    return { child, file };
  });
  for (const { child } of children)
    await eventually(
      () => child.stdout().includes("ready"),
      OPENING_MS,
      () => `connections: ${child.stderr()}`,
    );
  return async () => {
    const notes = children.map(async ({ child, file }): Promise<Notes[]> => {
      await child.exited;
      return JSON.parse(readFileSync(file, "utf8"));
    });
    return (await Promise.all(notes)).flat();
  };
}

/** Publishes numbers until the server refuses, by several publishers; notes those that it accepted. */
async function publishAll(server: Server, accepted: number[]): Promise<void> {
  const options = { token: await token({ sub: "publisher" }), ms: 30_000 };
  let next = 0;
  const publish = async () => {
    for (;;) {
      const data = next++;
      const { status } = await postJson(server, "/publish", { topic: "drain", data }, options);
      if (status !== 200) return;
      accepted.push(data);
      await new Promise((resolve) => setTimeout(resolve, PUBLISH_EVERY_MS));
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, publish));
}

function histogram(title: string, values: number[], unit: number): void {
  const places = values.map((value) => Math.floor(value / unit));
  const counts = Array.from(
    { length: Math.max(...places) + 1 },
    (_, at) => places.filter((place) => place === at).length,
  );
  const most = Math.max(...counts);
  console.log(`${title}:`);
  for (const [at, count] of counts.entries())
    console.log(
      `  ${String(at * unit).padStart(6)} ms ${String(count).padStart(6)} ${"#".repeat((40 * count) / most)}`,
    );
}

/** What the event loop's thread got of the machine so far, in milliseconds; nothing once the process has ended. */
function schedule(pid: number): { ranMs: number; waitedMs: number } | undefined {
  try {
    const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ").map(Number);
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 };
  } catch {
    return undefined;
  }
}

const limits = {
  connections_per_user: connections,
  messages_per_second: 1_000_000,
  message_burst: 1_000_000,
};
await using server = await spawnServer(target, {
  config: { limits, drain },
  env: { LOG_LEVEL: "warn" },
});
const notesOf = await openAll(server);
const accepted: number[] = [];
const published = publishAll(server, accepted);
await eventually(() => accepted.length >= 20, 60_000, "publications");
const signalledAt = Date.now();
const before = schedule(server.pid);
let scheduled = before;
const watching = setInterval(() => {
  scheduled = schedule(server.pid) ?? scheduled;
}, 50);
const { code } = await server.stop("SIGTERM", 30_000);
const exitMs = Date.now() - signalledAt;
clearInterval(watching);
await published;
const all = await notesOf();

const faults: string[] = [];
const check = (isSo: boolean, fault: string) => void (isSo || faults.push(fault));
const closes = all.map(({ closedAt }) => closedAt - signalledAt);
const returns = all.map(({ closedAt, delays }) => closedAt - signalledAt + (delays[0] ?? 0));
const untold = all.filter(({ delays }) => delays.length !== 1).length;
const otherwise = all.map(({ code }) => code).filter((code) => code !== 1012);
const missing = all.reduce((sum, { received }) => {
  const seen = new Set(received);
  return sum + accepted.filter((number) => !seen.has(number)).length;
}, 0);

console.log(`${name}: ${all.length} connections, window ${drain.window_ms} ms`);
console.log(`exit after ${exitMs} ms with status ${code}`);
// On a machine that is busy with something else, what is late may be its fault.
if (before && scheduled)
  console.log(
    `its event loop ran for ${Math.round(scheduled.ranMs - before.ranMs)} ms of that, and waited for a processor ` +
      `for ${Math.round(scheduled.waitedMs - before.waitedMs)} ms`,
  );
histogram("closes after the signal", closes, Math.max(drain.window_ms, 1000) / BARS);
histogram("close and after_ms", returns, Math.max(drain.window_ms * 2, 1000) / BARS);
console.log(
  `without exactly one reconnect: ${untold}; closed otherwise than with 1012: ${otherwise.length} ${[...new Set(otherwise)]}`,
);
console.log(`accepted before the stop: ${accepted.length}; missing, summed over all connections: ${missing}`);
console.log(server.stderr());
check(all.length === connections, "a connection is not accounted for");
check(code === 0 && exitMs <= drain.timeout_ms, "the end was late, or not in order");
check(untold === 0 && otherwise.length === 0, "a connection was not told when to come back");
check(Math.max(...closes) >= 1000, "the last close came before a second was over");
check(missing === 0, "an accepted publication did not reach everybody");
for (const fault of faults) console.log(`FAULT: ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
