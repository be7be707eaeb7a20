import type { Clock } from "./clock.ts";
import type { Share } from "./share.ts";

/** What is to be done about one message; one that takes time gives a promise, which must not reject. */
export type Task = () => Promise<void> | void;

/** What an inbox is made of. */
export interface InboxOptions {
  /** Sizes of what waits, together, past which nothing is taken; past half of it, nothing that can be left out. */
  limit: number;
  clock: Clock;
  /** What the tasks may take of everybody's time. */
  share: Share;
  /** Called before each rest: what comes meanwhile would only wait. */
  resting: () => void;
  /** Called once nothing waits any more, after rests. */
  rested: () => void;
}

/** Runs what a connection asks for in turn, so that replies come in the order of the requests, and within its share. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #waiting: { task: Task; size: number }[] = [];
  #size = 0;
  #isRunning = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /**
   * Takes one task, and runs it at once where nothing is under way; false where too much is waiting.
   * @param canBeLeftOut True for what is to leave room for others.
   */
  add(task: Task, size: number, canBeLeftOut = false): boolean {
    const limit = canBeLeftOut ? this.#half : this.#options.limit;
    if (this.#size > 0 && this.#size + size > limit) return false;
    this.#waiting.push({ task, size });
    this.#size += size;
    if (!this.#isRunning) void this.#run();
    return true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { share, rested } = this.#options;
    let hasRested = false;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (share.restMs > 0) {
        hasRested = true;
        await this.#rest();
      }
      // Only what takes time is waited for: a flood that is refused at once must not pile up.
      const done = share.measure(next.task);
      if (done) await done;
      this.#size -= next.size;
    }
    this.#isRunning = false;
    if (hasRested) rested();
  }

  get #half(): number {
    return this.#options.limit / 2;
  }

  async #rest(): Promise<void> {
    const { clock, share, resting } = this.#options;
    // Another connection of the user may have been first. Who cannot be kept from sending is not to be closed for it.
    for (let ms = share.restMs; ms > 0 && this.#size <= this.#half; ms = share.restMs) {
      resting();
      await new Promise<void>((resolve) => clock.after(Math.ceil(ms), resolve));
    }
  }
}
