import { Counts } from "../support/counts.ts";
import { Random } from "../support/random.ts";
import type { Target } from "../support/targets.ts";
import { calls, frames, heads, type Kind, messages } from "./kinds.ts";
import { faultIn, reproduced } from "./reproduce.ts";
import { openStage } from "./stage.ts";
import type { Memory } from "./watch.ts";

// A connection costs as much as some twenty messages, and each sequence of frames and each head takes one of its own.
const CYCLE: readonly Kind[] = [
  ...Array<Kind>(15).fill(messages),
  calls,
  ...Array<Kind>(2).fill(frames),
  ...Array<Kind>(2).fill(heads),
];
/** Of so many inputs the last one is sent to a server that has the default rates. */
const SHARE = 10;

export interface RunOptions {
  target: Target;
  seed: number;
  inputs: number;
  /** How many are played before the server is looked at. */
  batch: number;
  /** Told how many inputs were played so far. */
  progress?: (done: number) => void;
}

export interface Report {
  counts: Counts;
  /** Of each server. */
  memory: Memory[];
  /** What went wrong, with the input that shows it again. */
  failure?: string;
}

/** Plays inputs of all kinds, the same ones for the same seed, until one of them does harm. */
export async function run(options: RunOptions): Promise<Report> {
  const { target, seed, inputs, batch: size, progress } = options;
  const report: Report = { counts: new Counts(), memory: [] };
  const random = new Random(seed);
  const atDefaults = Math.floor(inputs / SHARE);
  let done = 0;
  for (const [hasDefaultRates, share] of [
    [false, inputs - atDefaults],
    [true, atDefaults],
  ] as const) {
    const open = (counts: Counts) => openStage({ target, hasDefaultRates, counts });
    await using stage = await open(report.counts);
    report.memory.push(stage.watch.memory);
    for (let turn = 0, left = share; left > 0; turn++) {
      const make = CYCLE[(turn * 7) % CYCLE.length] ?? messages;
      const batch = make(random.below(2 ** 32), Math.min(size, left));
      const fault = await faultIn(stage, batch);
      report.counts.add(`inputs ${batch.name}`, batch.size);
      if (fault) {
        report.failure = `${fault.message}\n${await reproduced(() => open(new Counts()), batch, fault.at)}`;
        return report;
      }
      left -= batch.size;
      done += batch.size;
      progress?.(done);
    }
  }
  return report;
}
