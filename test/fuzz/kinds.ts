import { Random } from "../support/random.ts";
import { callOf } from "./calls.ts";
import { framesOf } from "./frames.ts";
import { textOf } from "./grammar.ts";
import { headOf } from "./heads.ts";
import { playCalls } from "./play-calls.ts";
import { playFrames } from "./play-frames.ts";
import { playHeads } from "./play-heads.ts";
import { playMessages } from "./play-messages.ts";
import type { Stage } from "./stage.ts";

/** Inputs that are played together. */
export interface Batch {
  name: string;
  size: number;
  /** Plays some of them, all unless told. Throws a `Fault`. */
  play(stage: Stage, from?: number, to?: number): Promise<void>;
  /** One of them, as text from which it can be made again. */
  show(at: number): string;
}

/** Makes the batch of a seed. */
export type Kind = (seed: number, size: number) => Batch;

function kind<Input>(
  name: string,
  make: (random: Random) => Input,
  play: (stage: Stage, inputs: readonly Input[], first: number) => Promise<void>,
  show: (input: Input | undefined) => string,
): Kind {
  return (seed, size) => {
    const random = new Random(seed);
    const inputs = Array.from({ length: size }, () => make(random));
    return {
      name,
      size,
      play: (stage, from = 0, to = size) => play(stage, inputs.slice(from, to), from),
      show: (at) => `${name} ${show(inputs[at])}`,
    };
  };
}

const asJson = (input: unknown) => JSON.stringify(input);
const asHex = (input: Buffer | undefined) => `hex ${input?.toString("hex")}`;

export const messages = kind("messages", textOf, playMessages, asJson);
export const calls = kind("calls", callOf, playCalls, asJson);
export const frames = kind("frames", framesOf, playFrames, asHex);
export const heads = kind("heads", headOf, playHeads, asHex);
