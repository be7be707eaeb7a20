import { clearTimeout, setTimeout } from "node:timers";

/** Makes a call at once, and of those that are asked for within its interval one at the end of that. */
export class Pace {
  readonly #intervalMs: number;
  readonly #fn: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsked = false;

  /** @param intervalMs Milliseconds from one call to the next at least. */
  constructor(intervalMs: number, fn: () => void) {
    this.#intervalMs = intervalMs;
    this.#fn = fn;
  }

  ask(): void {
    this.#isAsked = true;
    if (!this.#timer) this.#call();
  }

  /** What was asked for and not called yet is not called. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsked = false;
  }

  #call(): void {
    this.#timer = undefined;
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#timer = setTimeout(() => this.#call(), this.#intervalMs).unref();
    this.#fn();
  }
}
