// The model of delivery for as long as one likes, on every core: random runs, each with a seed of its own.
//   [SEED=n] [RUNS=n] bun scripts/model.ts
// SEED is the first seed, random unless given. Ends at the first run that fails, with a report on it.

import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { report, run } from "../test/model/run.ts";
import { Counts } from "../test/support/counts.ts";

const RUNS = 1_000_000;
const CHUNK = 500;
const PROGRESS_MS = 5000;

/** What a core did, or where it failed. */
type Result = { runs: number; counts: Record<string, number> } | { failure: string };

if (isMainThread) await divide();
else await work(workerData);

async function divide(): Promise<void> {
  const seed = Number(process.env.SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const runs = Number(process.env.RUNS ?? RUNS);
  const cores = Math.min(availableParallelism(), runs);
  const counts = new Counts();
  const startedAt = Date.now();
  let done = 0;
  const tell = () => console.log(`${done} of ${runs} runs, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  console.log(`SEED=${seed} RUNS=${runs}, on ${cores} cores`);
  const progress = setInterval(tell, PROGRESS_MS);
  const works = Array.from({ length: cores }, (_, core) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seed, runs, core, cores } });
    worker.on("message", (result: Result) => {
      if ("failure" in result) {
        console.log(result.failure);
        process.exit(1);
      }
      done += result.runs;
      counts.addAll(result.counts);
    });
    return new Promise<void>((resolve, reject) => worker.on("error", reject).on("exit", () => resolve()));
  });
  await Promise.all(works);
  clearInterval(progress);
  tell();
  console.log(`seeds ${seed} to ${seed + runs - 1}`);
  // A run in which something is lost untold does not come to its end.
  console.log(JSON.stringify({ ...counts.toJSON(), lost: 0 }, undefined, 2));
}

/** Every so many seeds are one core's. */
async function work({
  seed,
  runs,
  core,
  cores,
}: Record<"seed" | "runs" | "core" | "cores", number>): Promise<void> {
  const post = (result: Result) => parentPort?.postMessage(result);
  let [counts, count] = [new Counts(), 0];
  for (let at = core; at < runs; at += cores) {
    if (await run(seed + at, counts)) return post({ failure: await report(seed + at) });
    count++;
    if (count < CHUNK && at + cores < runs) continue;
    post({ runs: count, counts: counts.toJSON() });
    [counts, count] = [new Counts(), 0];
  }
}
