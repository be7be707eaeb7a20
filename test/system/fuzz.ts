import { describe, expect, test } from "bun:test";
import { run } from "../fuzz/run.ts";
import { targets } from "../support/targets.ts";

// `bun scripts/fuzz.ts` goes other ways, and further.
const [SEED, INPUTS, BATCH] = [20_261_125, 4000, 40];

describe(`inputs by grammar and by mutation, seed ${SEED}`, () => {
  for (const target of Object.values(targets))
    test(`${INPUTS} on ${target.name} are answered or dropped, and nobody else feels them`, async () => {
      const { counts, failure } = await run({ target, seed: SEED, inputs: INPUTS, batch: BATCH });
      expect(failure).toBeUndefined();
      // It says nothing where nothing of the kind happens.
      for (const [what, least] of Object.entries(LEAST))
        expect([what, counts.of(what) >= least]).toEqual([what, true]);
    }, 120_000);
});

/** How often each must have happened. */
const LEAST = {
  "reply success": 1000,
  "reply forbidden": 100,
  "reply invalid_message": 100,
  "reply invalid_json": 50,
  "publications delivered": 100,
  "call 200": 30,
  "call 403": 20,
  "frames open": 40,
  "head 101": 5,
  "head 400": 40,
};
