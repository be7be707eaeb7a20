import { type Target, targets } from "../../test/support/targets.ts";

/** The target that a script's first argument names; ends the script with status 2 where it names none. */
export function targetNamed(name: string | undefined): Target {
  const target = Object.values<Target>(targets).find((known) => known.name === name);
  if (target) return target;
  console.error(`TARGET takes one of ${Object.keys(targets).join(", ")}, got ${name ?? "nothing"}`);
  process.exit(2);
}

/** A whole number above 0, or what it is unless told; ends the script with status 2 for anything else. */
export function countNamed(name: string, given: string | undefined, unlessTold: number): number {
  if (given === undefined) return unlessTold;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  console.error(`${name} takes a whole number above 0, got ${given}`);
  process.exit(2);
}
