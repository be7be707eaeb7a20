/** Runs what a connection asks for in turn, so that replies come in the order of the requests. */
export class Inbox {
  readonly #waiting: { task: () => Promise<void>; size: number }[] = [];
  readonly #limit: number;
  #size = 0;
  #isRunning = false;

  /** @param limit Sizes of what waits, together, past which nothing is taken. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes one task, which must not reject; false where too much is waiting. */
  add(task: () => Promise<void>, size: number): boolean {
    if (this.#size + size > this.#limit && this.#size > 0) return false;
    this.#waiting.push({ task, size });
    this.#size += size;
    if (!this.#isRunning) void this.#run();
    return true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      await next.task();
      this.#size -= next.size;
    }
    this.#isRunning = false;
  }
}
