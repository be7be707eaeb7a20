import type { Clock } from "./clock.ts";

/** Goes on with something as far as its reader lets it; true once that is done. */
export type Task = () => boolean;

// Native Deno does not tell when a socket drains, so all readers are looked at alike.
const TURN_MS = 20;

/** Comes back to readers who have to take something before they can get more: one timer for all of them. */
export class Pacer {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #tasks = new Set<Task>();
  #isArmed = false;

  /** @param onError Told of what a task throws; that task is over. */
  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Calls the task again and again until it is done. */
  add(task: Task): void {
    this.#tasks.add(task);
    this.#arm();
  }

  remove(task: Task): void {
    this.#tasks.delete(task);
  }

  #arm(): void {
    if (this.#isArmed || this.#tasks.size === 0) return;
    this.#isArmed = true;
    this.#clock.after(TURN_MS, () => {
      this.#isArmed = false;
      for (const task of [...this.#tasks]) if (this.#tasks.has(task)) this.#run(task);
      this.#arm();
    });
  }

  #run(task: Task): void {
    try {
      if (task()) this.#tasks.delete(task);
    } catch (error) {
      this.#tasks.delete(task);
      this.#onError(error);
    }
  }
}
