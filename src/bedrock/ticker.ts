import { clearInterval, setInterval } from "node:timers";

/** Calls a function every interval while that is wanted. Alone it keeps no process alive. */
export class Ticker {
  readonly #intervalMs: number;
  readonly #fn: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param intervalMs Milliseconds from one call to the next, and to the first. */
  constructor(intervalMs: number, fn: () => void) {
    this.#intervalMs = intervalMs;
    this.#fn = fn;
  }

  run(isWanted: boolean): void {
    if (isWanted) this.#timer ??= setInterval(this.#fn, this.#intervalMs).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
