import { expect, test } from "bun:test";
import { Counts } from "../support/counts.ts";
import { report, run } from "./run.ts";

// `bun scripts/model.ts` goes other ways, and further.
const [SEED, RUNS] = [20_261_125, 10_000];

test(`${RUNS} runs: what is delivered is what the model says`, async () => {
  const counts = new Counts();
  for (let seed = SEED; seed < SEED + RUNS; seed++)
    if (await run(seed, counts)) throw new Error(await report(seed));
  expect(counts.of("runs")).toBe(RUNS);
  // It says nothing where nothing of the kind happens.
  for (const [what, least] of Object.entries(LEAST))
    expect([what, counts.of(what) > least]).toEqual([what, true]);
}, 240_000);

/** How often each must have happened. */
const LEAST = {
  live: 100_000,
  replayed: 20_000,
  conflated: 3000,
  skipped: 6000,
  tooSlow: 7000,
  lostPositions: 1000,
  recovered: 10_000,
  notRecovered: 10_000,
};
