const LATE = "DeadlineError";

/** What is waited for, in words; a function is asked only once it is late. */
export type What = string | (() => string);

/** Settles as `promise` does, or rejects after `ms` of the runtime's own time with an error that names `what`. */
export function within<T>(promise: PromiseLike<T>, ms: number, what: What): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const outcome = new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => reject(late(what, ms)), ms);
    promise.then(resolve, reject);
  });
  return outcome.finally(() => clearTimeout(timer));
}

/** True for the error of a deadline that passed: to tell it from the failure of what was waited for. */
export function isLate(error: unknown): boolean {
  return error instanceof Error && error.name === LATE;
}

/** The error of a deadline that passed. */
export function late(what: What, ms: number, cause?: unknown): Error {
  const named = typeof what === "string" ? what : what();
  const error = new Error(`not within ${ms} ms: ${named}`, cause === undefined ? {} : { cause });
  error.name = LATE;
  return error;
}
