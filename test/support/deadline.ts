import { isLate, late, type What, within } from "../../src/testing/deadline.ts";

export { isLate, type What, within };

type Truthy<T> = Exclude<T, undefined | null | false | 0 | "">;

/**
 * Polls `condition` until it gives something truthy, which is the result. For what no event announces;
 * a throw counts as not yet, and the last one is the cause of the failure.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  ms: number,
  what: What,
): Promise<Truthy<T>> {
  const until = performance.now() + ms;
  let cause: unknown;
  for (;;) {
    const left = Math.max(1, until - performance.now());
    try {
      const value = await within(Promise.resolve(condition()), left, what);
      if (value) return value as Truthy<T>;
    } catch (error) {
      cause = isLate(error) ? (cause ?? error) : error;
    }
    if (performance.now() >= until) throw late(what, ms, cause);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
