import { Fault } from "./fault.ts";
import type { Batch } from "./kinds.ts";
import type { Stage } from "./stage.ts";

/** Plays some of a batch, all unless told, and looks at the server; gives what went wrong, if anything did. */
export async function faultIn(
  stage: Stage,
  batch: Batch,
  from = 0,
  to = batch.size,
): Promise<Fault | undefined> {
  try {
    await batch.play(stage, from, to);
    await stage.watch.look();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    return new Fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/**
 * Plays a batch that did harm again: one input after the other, or else the least of its beginning that does.
 * @param open Starts another server.
 * @returns What is to be sent to see it again.
 */
export async function reproduced(open: () => Promise<Stage>, batch: Batch, at?: number): Promise<string> {
  const suspect = at === undefined ? "" : `; it was seen at ${batch.show(at)}`;
  const one = await singleOf(open, batch);
  if (one !== undefined) return `by itself, ${batch.show(one)}`;
  let [good, bad] = [0, batch.size];
  if (!(await failsUpTo(open, batch, bad)))
    return `not seen again in a batch of ${bad} ${batch.name}${suspect}`;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (await failsUpTo(open, batch, middle)) bad = middle;
    else good = middle;
  }
  const inputs = Array.from({ length: bad }, (_, input) => batch.show(input));
  return [`the first ${bad} of a batch together${suspect}`, ...inputs].join("\n");
}

async function singleOf(open: () => Promise<Stage>, batch: Batch): Promise<number | undefined> {
  await using stage = await open();
  for (let one = 0; one < batch.size; one++) if (await faultIn(stage, batch, one, one + 1)) return one;
  return undefined;
}

async function failsUpTo(open: () => Promise<Stage>, batch: Batch, to: number): Promise<boolean> {
  await using stage = await open();
  return (await faultIn(stage, batch, 0, to)) !== undefined;
}
