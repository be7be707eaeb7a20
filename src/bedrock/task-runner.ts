import { clearTimeout, setTimeout } from "node:timers";
import { type OnError, reporter } from "./failures.ts";
import type { DirectHub } from "./hub.ts";
import { KeptTasks } from "./kept-tasks.ts";
import { TOLD_BYTES } from "./snapshot.ts";
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
  /**
   * How many bytes the last updates of those of one user take as JSON: 524288 unless given. All of them are sent
   * to a user who comes back, so they MUST fit what may wait in a connection.
   */
  maxKeptBytesPerUser?: number;
  /** How long a result is, in bytes of JSON: 65536 unless given. A longer one ends its task as an error. */
  maxResultBytes?: number;
  /** How many functions run at once, those included that go on after they were cancelled: 100 unless given. */
  maxRunning?: number;
  /** How many of those are one user's: 20 unless given. */
  maxRunningPerUser?: number;
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
  readonly #limits: { maxRunning: number; maxRunningPerUser: number; maxResultBytes: number };
  /** Tasks that have not ended, in the order in which they began. */
  readonly #running = new Map<string, RunningTask>();
  /** Of each task whose function has not come to its end, what settles when it does. */
  readonly #functions = new Map<RunningTask, Promise<void>>();
  readonly #kept: KeptTasks;
  #isClosed = false;

  constructor(hub: DirectHub, options: TaskRunnerOptions = {}) {
    const { maxRunning = 100, maxRunningPerUser = 20, maxResultBytes = TOLD_BYTES, onError } = options;
    const { keepMs = 300_000, maxKept = 1000, maxKeptPerUser = 100, maxKeptBytesPerUser = 524_288 } = options;
    this.#hub = hub;
    this.#fail = reporter("task", onError);
    this.#limits = { maxRunning, maxRunningPerUser, maxResultBytes };
    this.#kept = new KeptTasks({ keepMs, maxKept, maxKeptPerUser, maxKeptBytesPerUser });
  }

  /**
   * Starts a function in the background; it is called after this returns.
   * @param user Who gets its updates, and nobody else.
   * @param name For people.
   * @param fn What it returns, any value that JSON can hold, is the task's result.
   * @throws Error where the runner is closed, or where as many functions run as may, in all or for this user.
   */
  start(user: string, name: string, fn: TaskFunction): Task {
    requireStartable(user, fn);
    if (this.#isClosed) throw new Error("The task runner is closed: it takes no tasks");
    this.#requireRoom(user);
    const task = new RunningTask(user, name, this.#limits.maxResultBytes, {
      changed: () => this.#changed(task),
      failed: this.#fail,
    });
    this.#running.set(task.id, task);
    const run = task.run(fn).finally(() => this.#functions.delete(task));
    this.#functions.set(task, run);
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
   * Takes no new tasks, waits for those that run, and cancels those that still do after `timeoutMs`. Functions that
   * were cancelled, now or before, may then clean up for `graceMs`; one that goes on after that is left to itself.
   * @param options In milliseconds: `timeoutMs` 10000 and `graceMs` 1000 unless given.
   */
  async close(options: { timeoutMs?: number; graceMs?: number } = {}): Promise<void> {
    const { timeoutMs = 10_000, graceMs = 1000 } = options;
    this.#isClosed = true;
    const running = [...this.#running.values()];
    await settledOrOver(
      running.map(({ done }) => done),
      timeoutMs,
    );
    for (const task of running) task.cancel();
    await settledOrOver([...this.#functions.values()], graceMs);
  }

  #requireRoom(user: string): void {
    const { maxRunning, maxRunningPerUser } = this.#limits;
    const all = this.#functions.size;
    if (all >= maxRunning) throw new Error(`${all} tasks are running: maxRunning allows no more at once`);
    const own = [...this.#functions.keys()].filter((task) => task.user === user).length;
    if (own >= maxRunningPerUser)
      throw new Error(`${own} tasks of this user are running: maxRunningPerUser allows no more at once`);
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

/** Settles once all of these have, or after `ms` milliseconds. */
async function settledOrOver(all: readonly Promise<unknown>[], ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, LONGEST_MS));
  });
  await Promise.race([Promise.all(all), over]);
  clearTimeout(timer);
}

function updateOf({ id, state }: Task) {
  return { topic: taskTopic(id), type: "task_update", data: state };
}

function requireStartable(user: unknown, fn: unknown): void {
  if (typeof user !== "string" || user === "")
    throw new TypeError(`A task is some user's: its name is expected, got ${JSON.stringify(user)}`);
  if (typeof fn !== "function") throw new TypeError(`A task takes a function, got ${typeof fn}`);
}
