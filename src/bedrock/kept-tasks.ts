import type { Task } from "./task.ts";
import { Ticker } from "./ticker.ts";

/** How many tasks that have ended are kept, and how long. */
export interface Keeping {
  /** Milliseconds. */
  keepMs: number;
  maxKept: number;
  maxKeptPerUser: number;
  /** Of the last updates of one user's, as JSON. */
  maxKeptBytesPerUser: number;
}

interface Kept {
  task: Task;
  /** Monotonic clock, in milliseconds. */
  until: number;
  /** Of its last update, as JSON. */
  bytes: number;
}

// One timer for all; whoever asks meanwhile gets nothing that is over its time.
const SWEEP_MS = 30_000;

/** Tasks that have ended, for a while; past a limit the one that ended first goes first. */
export class KeptTasks {
  readonly #keeping: Keeping;
  /** By id, in the order in which they ended. */
  readonly #kept = new Map<string, Kept>();
  readonly #ticker: Ticker;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
    this.#ticker = new Ticker(SWEEP_MS, () => this.#forget());
  }

  add(task: Task): void {
    this.#kept.set(task.id, {
      task,
      until: performance.now() + this.#keeping.keepMs,
      bytes: new TextEncoder().encode(JSON.stringify(task.state)).length,
    });
    this.#keepWithin(task.user);
    this.#ticker.run(this.#kept.size > 0);
  }

  get(id: string): Task | undefined {
    this.#forget();
    return this.#kept.get(id)?.task;
  }

  /** Of one user, in the order in which they ended. */
  ofUser(user: string): Task[] {
    this.#forget();
    return this.#keptOf(user).map(({ task }) => task);
  }

  #keptOf(user: string): Kept[] {
    return [...this.#kept.values()].filter(({ task }) => task.user === user);
  }

  #keepWithin(user: string): void {
    const { maxKept, maxKeptPerUser, maxKeptBytesPerUser } = this.#keeping;
    this.#forget();
    const kept = this.#keptOf(user);
    let count = kept.length;
    let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { task, bytes } of kept) {
      if (count <= maxKeptPerUser && total <= maxKeptBytesPerUser) break;
      this.#kept.delete(task.id);
      count--;
      total -= bytes;
    }
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > maxKept) this.#kept.delete(oldest);
  }

  #forget(): void {
    const now = performance.now();
    for (const [id, { until }] of this.#kept) {
      if (until > now) break;
      this.#kept.delete(id);
    }
    if (this.#kept.size === 0) this.#ticker.run(false);
  }
}
