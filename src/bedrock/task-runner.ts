import { clearTimeout, setTimeout } from "node:timers";
import { type OnError, reporter } from "./failures.ts";
import type { DirectHub } from "./hub.ts";
import { KeptTasks } from "./kept-tasks.ts";
import { RunningTask, type Task, type TaskFunction } from "./task.ts";
import { taskTopic } from "./topics.ts";

// Timers hold their delay in 31 bits; a longer one fires at once on all three runtimes.
const LONGEST_MS = 2 ** 31 - 1;

/** What a task runner is made with; everything has a default. */
export interface TaskRunnerOptions {
  /** How long a task that has ended is kept, in milliseconds: 300000 unless given. */
  keepMs?: number;
  /** How many of those are kept: 1000 unless given. The one that ended first goes first. */
  maxKept?: number;
  /** How many of those are kept of one user: 100 unless given. */
  maxKeptPerUser?: number;
  /** How many functions run at once, those included that go on after they were cancelled: 100 unless given. */
  maxRunning?: number;
  /** Gets what tasks throw, of which their users get the message only, and what failed in telling them: the console unless given. */
  onError?: OnError<"task">;
}

/**
 * Runs functions in the background, and tells each user, directly, of those that this user started. Whoever else
 * asks for one is told that there is none. PROTOCOL.md, Topics.
 */
export class TaskRunner {
  readonly #hub: DirectHub;
  readonly #fail: (error: unknown) => void;
  readonly #maxRunning: number;
  /** Tasks that have not ended, in the order in which they began. */
  readonly #running = new Map<string, RunningTask>();
  /** How many functions have not come to their end. */
  #functions = 0;
  readonly #kept: KeptTasks;
  #isClosed = false;

  constructor(hub: DirectHub, options: TaskRunnerOptions = {}) {
    const { keepMs = 300_000, maxKept = 1000, maxKeptPerUser = 100, maxRunning = 100, onError } = options;
    this.#hub = hub;
    this.#fail = reporter("task", onError);
    this.#maxRunning = maxRunning;
    this.#kept = new KeptTasks({ keepMs, maxKept, maxKeptPerUser });
  }

  /**
   * Starts a function in the background; it is called after this returns.
   * @param user Who gets its updates, and nobody else.
   * @param name For people.
   * @param fn What it returns, any value that JSON can hold, is the task's result.
   * @throws Error where the runner is closed, or where `maxRunning` functions run already.
   */
  start(user: string, name: string, fn: TaskFunction): Task {
    requireStartable(user, fn);
    if (this.#isClosed) throw new Error("The task runner is closed: it takes no tasks");
    if (this.#functions >= this.#maxRunning)
      throw new Error(`${this.#functions} tasks are running: maxRunning allows no more at once`);
    const task = new RunningTask(user, name, {
      changed: () => this.#changed(task),
      failed: this.#fail,
    });
    this.#running.set(task.id, task);
    this.#functions++;
    void task.run(fn).then(() => this.#functions--);
    return task;
  }

  /** The task with this id, while it runs or is kept; undefined where it is another user's. */
  get(id: string, user: string): Task | undefined {
    const task = this.#running.get(id) ?? this.#kept.get(id);
    return task?.user === user ? task : undefined;
  }

  /** The tasks of a user: those that have ended, then those that run. */
  ofUser(user: string): Task[] {
    const running = [...this.#running.values()].filter((task) => task.user === user);
    return [...this.#kept.ofUser(user), ...running];
  }

  /** Cancels a task; false where it has ended, is not there, or is another user's. */
  cancel(id: string, user: string): boolean {
    return this.get(id, user)?.cancel() ?? false;
  }

  /**
   * Sends the last update of each of a user's tasks to one connection: `onConnect: (it) => tasks.resend(it)`.
   * @param connection Its id, and its user. Never rejects.
   */
  async resend({ id, user }: { id: string; user: string }): Promise<void> {
    const sent = this.ofUser(user).map((task) =>
      this.#send(() => this.#hub.sendToConnection(id, updateOf(task))),
    );
    await Promise.all(sent);
  }

  /**
   * Takes no new tasks, waits for those that run, and cancels those that still do after `timeoutMs`.
   * @param options `timeoutMs` in milliseconds: 10000 unless given.
   */
  async close({ timeoutMs = 10_000 }: { timeoutMs?: number } = {}): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running.values()];
    const timer = setTimeout(
      () => {
        for (const task of running) task.cancel();
      },
      Math.min(timeoutMs, LONGEST_MS),
    );
    await Promise.all(running.map(({ done }) => done));
    clearTimeout(timer);
  }

  #changed(task: RunningTask): void {
    void this.#send(() => this.#hub.sendToUser(task.user, updateOf(task)));
    if (task.isRunning || !this.#running.delete(task.id)) return;
    this.#kept.add(task);
  }

  async #send(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      this.#fail(error);
    }
  }
}

function updateOf({ id, state }: Task) {
  return { topic: taskTopic(id), type: "task_update", data: state };
}

function requireStartable(user: unknown, fn: unknown): void {
  if (typeof user !== "string" || user === "")
    throw new TypeError(`A task is some user's: its name is expected, got ${JSON.stringify(user)}`);
  if (typeof fn !== "function") throw new TypeError(`A task takes a function, got ${typeof fn}`);
}
