// The fuzzers for as long as one likes: messages by grammar, over WebSockets (75 %) and HTTP (5 %), frames by mutation
// (10 %), HTTP heads by mutation (10 %), against one server whose rates are raised, and a tenth of all against one with
// the defaults. Prints what was sent and what came of it, and ends with status 1 at the first harm, with the input that
// does it. Linux only: it reads /proc.
//   bun scripts/fuzz.ts TARGET [INPUTS=1000000] [SEED]
// SEED is random unless given.

import { run } from "../test/fuzz/run.ts";
import { inMegabytes } from "../test/support/memory.ts";
import { countNamed, targetNamed } from "./faults/arguments.ts";

const BATCH = 1024;
const PROGRESS_MS = 10_000;

const [name, count, given] = process.argv.slice(2);
const target = targetNamed(name);
const inputs = countNamed("INPUTS", count, 1_000_000);
const seed = countNamed("SEED", given, 1 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 1e9));

const startedAt = performance.now();
let toldAt = startedAt;
const seconds = () => (performance.now() - startedAt) / 1000;
console.log(`bun scripts/fuzz.ts ${target.name} ${inputs} ${seed}`);
const { counts, memory, failure } = await run({
  target,
  seed,
  inputs,
  batch: BATCH,
  progress(done) {
    if (performance.now() < toldAt + PROGRESS_MS) return;
    toldAt = performance.now();
    console.log(`${done} of ${inputs}, ${seconds().toFixed(0)} s`);
  },
});
console.log(JSON.stringify(counts, undefined, 2));
console.log(`${seconds().toFixed(0)} s, ${(inputs / seconds()).toFixed(0)} inputs a second`);
for (const [at, { start, peak, end }] of memory.entries()) {
  const [atStart, atPeak, atEnd] = [start, peak, end].map(inMegabytes);
  console.log(
    `memory ${at === 0 ? "at raised" : "at default"} rates: ${atStart} MB, peak ${atPeak}, end ${atEnd}`,
  );
}
if (failure) console.log(`FAULT, seed ${seed}: ${failure}`);
process.exit(failure ? 1 : 0);
