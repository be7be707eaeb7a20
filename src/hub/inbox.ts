/** What is to be done about one message; one that takes time gives a promise, which must not reject. */
export type Task = () => Promise<void> | void;

/** Runs what a connection asks for in turn, so that replies come in the order of the requests. */
export class Inbox {
  readonly #waiting: { task: Task; size: number }[] = [];
  readonly #limit: number;
  #size = 0;
  #isRunning = false;

  /** @param limit Sizes of what waits, together, past which nothing is taken. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes one task, and runs it at once where nothing is under way; false where too much is waiting. */
  add(task: Task, size: number): boolean {
    if (this.#size > 0 && this.#size + size > this.#limit) return false;
    this.#waiting.push({ task, size });
    this.#size += size;
    if (!this.#isRunning) void this.#run();
    return true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      // Only what takes time is waited for: a flood that is refused at once must not pile up.
      const done = next.task();
      if (done) await done;
      this.#size -= next.size;
    }
    this.#isRunning = false;
  }
}
