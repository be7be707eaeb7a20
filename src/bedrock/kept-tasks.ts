import type { Task } from "./task.ts";
import { Ticker } from "./ticker.ts";

/** How many tasks that have ended are kept, and how long. */
export interface Keeping {
  /** Milliseconds. */
  keepMs: number;
  maxKept: number;
  maxKeptPerUser: number;
}

// One timer for all; whoever asks meanwhile gets nothing that is over its time.
const SWEEP_MS = 30_000;

/** Tasks that have ended, for a while; past a limit the one that ended first goes first. */
export class KeptTasks {
  readonly #keeping: Keeping;
  /** By id, in the order in which they ended; `until` is of the monotonic clock, in milliseconds. */
  readonly #kept = new Map<string, { task: Task; until: number }>();
  readonly #ticker: Ticker;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
    this.#ticker = new Ticker(SWEEP_MS, () => this.#forget());
  }

  add(task: Task): void {
    const { keepMs, maxKept, maxKeptPerUser } = this.#keeping;
    this.#kept.set(task.id, { task, until: performance.now() + keepMs });
    const ofUser = this.ofUser(task.user);
    if (ofUser.length > maxKeptPerUser) this.#delete(ofUser[0]);
    if (this.#kept.size > maxKept) this.#delete(this.#kept.values().next().value?.task);
    this.#ticker.run(this.#kept.size > 0);
  }

  get(id: string): Task | undefined {
    this.#forget();
    return this.#kept.get(id)?.task;
  }

  /** Of one user, in the order in which they ended. */
  ofUser(user: string): Task[] {
    this.#forget();
    return [...this.#kept.values()].map(({ task }) => task).filter((task) => task.user === user);
  }

  #forget(): void {
    const now = performance.now();
    for (const [id, { until }] of this.#kept) {
      if (until > now) break;
      this.#kept.delete(id);
    }
    if (this.#kept.size === 0) this.#ticker.run(false);
  }

  #delete(task: Task | undefined): void {
    if (task) this.#kept.delete(task.id);
  }
}
