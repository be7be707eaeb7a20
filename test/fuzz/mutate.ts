import type { Random } from "../support/random.ts";

/** True in so many of a hundred cases. */
export function isOneOf100(random: Random, share: number): boolean {
  return random.below(100) < share;
}

/** Bytes with one to four things wrong with them. */
export function mutated(random: Random, bytes: Buffer, others: () => Buffer): Buffer {
  let found = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) found = mutatedOnce(random, found, others);
  return found;
}

function mutatedOnce(random: Random, bytes: Buffer, others: () => Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(16));
  const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random.below(7)) {
    case 0:
      return flipped(random, bytes);
    case 1:
      return before;
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([before, middle, middle, after]);
    case 4:
      return Buffer.concat([before, randomBytes(random, 1 + random.below(8)), after]);
    case 5:
      return Buffer.concat([before, randomBytes(random, 1 + random.below(8)), middle, after]);
    default: {
      const other = others();
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))]);
    }
  }
}

function flipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
