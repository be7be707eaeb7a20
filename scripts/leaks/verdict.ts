import type { Target } from "../../test/support/targets.ts";
import { laterHalf, slopeOf } from "../faults/fit.ts";
import type { Measured } from "./rounds.ts";

// Code that is compiled, and other things that a runtime makes of its own accord, come to less than a megabyte and then
// stop: of 100,000, no more than some 50 bytes each were measured on any target, and what is left of one connection has
// 2,000 and more.
const HELD = { each: 64, besides: 1_000_000 };
// A heap that is in pieces, too: what is held shows the smallest leak long before.
const RESIDENT = { each: 512, besides: 48_000_000 };

// What Deno's own server leaves open is documented, with figures: docs/embedding.md. Each has some memory besides.
const LEFT_OPEN_BYTES = 15_000;

/** What memory grows by in the later half of the rounds, in bytes for each of what is counted. */
export function growthOf({ rounds, each }: Measured): { held: number; resident: number } {
  const later = laterHalf(rounds);
  const forEach = (of: "held" | "resident") => slopeOf(later.map((figures) => figures[of])) / each;
  return { held: forEach("held"), resident: forEach("resident") };
}

/** What has leaked, in words. */
export function faultsOf({ capabilities }: Target, measured: Measured): string[] {
  const { before, rounds, each } = measured;
  const last = rounds.at(-1) ?? before;
  const faults: string[] = [];
  for (const count of ["connections", "topics", "present", "descriptors"] as const) {
    if (count === "descriptors" && !capabilities.terminates) continue;
    if (last[count] > before[count]) faults.push(`${count} ${last[count]}, and ${before[count]} before`);
  }
  const later = laterHalf(rounds);
  // Between the first and the last of them.
  const times = each * (later.length - 1);
  const leftOpen = capabilities.terminates ? 0 : last.descriptors - (later[0] ?? before).descriptors;
  const growth = growthOf(measured);
  for (const [name, bounds] of Object.entries({ held: HELD, resident: RESIDENT })) {
    const bytes = growth[name as keyof typeof growth];
    if (bytes * times > bounds.each * times + bounds.besides + leftOpen * LEFT_OPEN_BYTES)
      faults.push(`${name} memory grows by ${bytes.toFixed(0)} bytes for each`);
  }
  return faults;
}
