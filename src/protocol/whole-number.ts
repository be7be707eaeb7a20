import * as v from "valibot";

/** A whole number within these bounds. */
export function wholeNumber(least: number, most: number) {
  const takes = `a whole number from ${least} to ${most}`;
  return v.pipe(v.number(takes), v.safeInteger(takes), v.minValue(least, takes), v.maxValue(most, takes));
}
