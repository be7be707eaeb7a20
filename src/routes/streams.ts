import type { Clock } from "../hub/clock.ts";

/** A stream, as far as it is to be kept alive. */
export interface QuietStream {
  /** Says something where nothing was said since this was last called. */
  breakSilence(): void;
}

/** The open streams: where one is silent something is said, so that nobody on its way takes it for dead. */
export class Streams {
  readonly #clock: Clock;
  readonly #turnMs: number;
  readonly #open = new Set<QuietStream>();
  #cancelTurn: (() => void) | undefined;

  /** @param silenceMs Longest silence, in milliseconds. */
  constructor(clock: Clock, silenceMs: number) {
    this.#clock = clock;
    // What was said just after one turn is followed by silence until the turn after the next.
    this.#turnMs = silenceMs / 2;
  }

  add(stream: QuietStream): void {
    this.#open.add(stream);
    this.#cancelTurn ??= this.#wait();
  }

  remove(stream: QuietStream): void {
    if (!this.#open.delete(stream) || this.#open.size > 0) return;
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
  }

  #wait(): () => void {
    return this.#clock.after(this.#turnMs, () => {
      for (const stream of this.#open) stream.breakSilence();
      this.#cancelTurn = this.#open.size > 0 ? this.#wait() : undefined;
    });
  }
}
