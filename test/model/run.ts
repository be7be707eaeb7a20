import { Counts } from "../support/counts.ts";
import { Random } from "../support/random.ts";
import { later } from "./broker.ts";
import { Disagreement, disagree } from "./disagreement.ts";
import { connect, operate } from "./operations.ts";
import { World } from "./world.ts";

const STEPS = 24;
const [TURNS, TURN_MS, PATIENCE] = [30, 20, 400];
const NONE: ReadonlySet<number> = new Set();

/** One run, by its seed; gives what the model and the hub do not agree on, if there is anything. */
export async function run(
  seed: number,
  counts: Counts,
  without: ReadonlySet<number> = NONE,
  note: (line: string) => void = () => {},
): Promise<unknown> {
  try {
    const world = new World(seed, counts, note);
    note(JSON.stringify(world.profile));
    for (const client of world.clients) connect(world, world.random, client);
    for (let step = 0; step < STEPS; step++) {
      const random = new Random(seed + Math.imul(step + 1, 0x9e3779b9));
      world.random = random;
      if (without.has(step)) continue;
      note(`${step}:`);
      operate(world, random);
      await later(random.of([0, 0, 1, 2, 5, 12, 40]), () => world.look(random));
    }
    await end(world, note);
    counts.add("runs");
    counts.add("published", world.ledger.size);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Everybody takes everything, and then must have everything. */
async function end(world: World, note: (line: string) => void): Promise<void> {
  note("the end");
  world.profile.failures = 0;
  for (let left = PATIENCE; left > 0; left--) {
    await later(TURNS, () => world.takeAll());
    if ((await world.missing()) === undefined) return;
    world.clock.advance(TURN_MS);
  }
  disagree(`at the end ${await world.missing()}`);
}

/** A report on a run that failed: its steps, without those that it fails without. */
export async function report(seed: number): Promise<string> {
  const without = new Set<number>();
  for (let step = STEPS - 1; step >= 0; step--) {
    const failure = await run(seed, new Counts(), new Set([...without, step]));
    if (failure) without.add(step);
  }
  const lines: string[] = [];
  const failure = await run(seed, new Counts(), without, (line) =>
    lines.push(line.replace(/([xz])\1{8,}/g, (fill) => `${fill.length}*${fill[0]}`)),
  );
  const what = failure instanceof Error && !(failure instanceof Disagreement) ? failure.stack : `${failure}`;
  return [`SEED=${seed} RUNS=1 bun scripts/model.ts`, ...lines, what].join("\n");
}
