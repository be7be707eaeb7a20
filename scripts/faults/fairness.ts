// How long others wait while one connection sends the worst that it may, and floods: for each load the median delay of a
// healthy client beside it, and that of the same client before. Ends with status 1 where one is above three times the
// other, or something was missed. Linux only: it reads /proc.
//   bun scripts/faults/fairness.ts TARGET [SECONDS=5] [LOAD]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startChild } from "../../test/support/child.ts";
import { eventually } from "../../test/support/deadline.ts";
import { postJson } from "../../test/support/http.ts";
import { type Server, spawnServer } from "../../test/support/spawn-server.ts";
import { ROOT, type Target } from "../../test/support/targets.ts";
import { token } from "../../test/support/token.ts";
import { countNamed, targetNamed } from "./arguments.ts";
import { quantile, startCanary } from "./canary.ts";
import { type Load, loads } from "./loads.ts";

/** How many times its idle value a median may be. */
const FACTOR = 3;
// Within the rate that a connection is allowed.
const CANARY_MS = 25;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processor time that a process has used, in seconds. */
function usedBy(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Publishes what is to be there before. */
async function keep(
  server: Server,
  { topics, publications, bytes }: NonNullable<Load["kept"]>,
): Promise<void> {
  const publisher = await token({ sub: "keeper" });
  for (let round = 0; round < publications; round++)
    for (let from = 0; from < topics; from += 1000) {
      const messages = Array.from({ length: Math.min(1000, topics - from) }, (_, at) => ({
        topic: `kept:${String(from + at).padStart(4, "0")}`,
        data: "x".repeat(bytes),
      }));
      const { status, text } = await postJson(
        server,
        "/publish",
        { messages },
        { token: publisher, ms: 20_000 },
      );
      if (status !== 200) throw new Error(`what is to be kept was answered ${status}: ${text}`);
      await pause(20);
    }
}

async function measured(target: Target, name: string, load: Load, seconds: number): Promise<boolean> {
  const topics = [{ match: "kept:*", history: { size: 256, ttl_s: 600 } }];
  await using server = await spawnServer(target, { config: { topics } });
  if (load.kept) await keep(server, load.kept);
  await using canary = await startCanary(server, CANARY_MS);
  await pause(1000);
  canary.takeDelays();
  await pause(seconds * 1000);
  const idle = canary.takeDelays();

  const bearer = await token({ sub: "load" });
  const child = startChild(
    [process.execPath, fileURLToPath(new URL("load.ts", import.meta.url)), server.url, bearer, name],
    { cwd: ROOT, env: { PATH: process.env.PATH ?? "" }, leavesLogsUnread: false },
  );
  await eventually(() => child.stdout().includes("ready"), 20_000, "the load");
  const [startedAt, usedBefore] = [performance.now(), usedBy(server.pid)];
  // What is allowed at once passes; the share of time that follows is what lasts.
  await pause(500);
  const burst = canary.takeDelays();
  await pause(seconds * 1000);
  const beside = canary.takeDelays();
  const share = (usedBy(server.pid) - usedBefore) / ((performance.now() - startedAt) / 1000);
  child.kill("SIGTERM");
  await child.exited;
  const missed = await canary.stop();
  const ratio = Number(quantile(beside, 0.5)) / Number(quantile(idle, 0.5));
  const isGood = ratio <= FACTOR && missed === 0;
  const told = (delays: number[]) => `${quantile(delays, 0.5)}/${quantile(delays, 0.99)}`;
  console.log(
    `${target.name}, ${name}: delay p50/p99 ms idle ${told(idle)}, in its burst ${told(burst)}, then ${told(beside)}; ` +
      `median x ${ratio.toFixed(1)}, missed ${missed}, processor ${(share * 100).toFixed(0)} %; ` +
      `the load ${child.stdout().split("\n")[1] ?? child.stderr()}${isGood ? "" : "  BAD"}`,
  );
  return isGood;
}

const target = targetNamed(process.argv[2]);
const seconds = countNamed("SECONDS", process.argv[3], 5);
const only = process.argv[4];
let areGood = true;
for (const [name, load] of Object.entries(loads)) {
  if (only !== undefined && name !== only) continue;
  areGood = (await measured(target, name, load, seconds)) && areGood;
}
process.exit(areGood ? 0 : 1);
