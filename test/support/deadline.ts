const LATE = "DeadlineError";

/** What is waited for, in words; a function is asked only once it is late. */
export type What = string | (() => string);

type Truthy<T> = Exclude<T, undefined | null | false | 0 | "">;

/** Settles as `promise` does, or rejects after `ms` with an error that names `what` was waited for. */
export function within<T>(promise: PromiseLike<T>, ms: number, what: What): Promise<T> {
  const { promise: outcome, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(late(what, ms)), ms);
  promise.then(resolve, reject);
  return outcome.finally(() => clearTimeout(timer));
}

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

/** True for the error of a deadline that passed: to tell it from the failure of what was waited for. */
export function isLate(error: unknown): boolean {
  return error instanceof Error && error.name === LATE;
}

function late(what: What, ms: number, cause?: unknown): Error {
  const named = typeof what === "string" ? what : what();
  const error = new Error(`not within ${ms} ms: ${named}`, cause === undefined ? {} : { cause });
  error.name = LATE;
  return error;
}
