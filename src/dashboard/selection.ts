import { covers } from "../protocol/topic.ts";

/** Topics and patterns as somebody types them. */
export function readSelection(text: string): string[] {
  return withoutCovered(text.split(/[\s,]+/).filter(Boolean));
}

/** Leaves out what another one of the list selects anyway, so that nothing is asked for twice. */
export function withoutCovered(selectors: readonly string[]): string[] {
  const distinct = [...new Set(selectors)];
  return distinct.filter((one) => !distinct.some((other) => other !== one && covers(other, one)));
}
