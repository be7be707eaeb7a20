import { messageOf } from "./failures.ts";
import { snapshot } from "./snapshot.ts";

/** The data of a `task_update`. PROTOCOL.md, Topics. */
export interface TaskUpdate {
  status: "in_progress" | "success" | "error";
  message: string;
  /** What the task returned, where it returned anything. */
  result?: unknown;
  /** Who started it. */
  username: string;
}

/** A task, for whoever started it. */
export interface Task {
  /** Unique for ever; its updates have the topic `task:{id}`. */
  readonly id: string;
  readonly name: string;
  /** Who started it. */
  readonly user: string;
  /** The last update. */
  readonly state: TaskUpdate;
  /** Settles with the last update once there will be no other. Never rejects. */
  readonly done: Promise<TaskUpdate>;
  /**
   * Aborts the task's signal and ends it with the status `error`, whether or not its function heeds that.
   * @returns False where it had ended before.
   */
  cancel(): boolean;
}

/** What a task's function gets. */
export interface TaskContext {
  /** The task's. */
  id: string;
  /** Aborted when the task is cancelled. */
  signal: AbortSignal;
  /** Tells the user how far it is. Does nothing once the task has ended. */
  progress(message: string): void;
}

/** What a task does; what it returns, or settles with, is its result. */
export type TaskFunction = (context: TaskContext) => unknown;

/** What a task tells of itself. */
export interface TaskEvents {
  /** It has a new state. */
  changed(task: Task): void;
  /** Its function threw, or returned what cannot be told. */
  failed(error: unknown): void;
}

/** A function that runs in the background, and what is to be known of it. */
export class RunningTask implements Task {
  readonly id: string = crypto.randomUUID();
  readonly name: string;
  readonly user: string;
  readonly done: Promise<TaskUpdate>;
  readonly #events: TaskEvents;
  readonly #controller = new AbortController();
  readonly #resolve: (state: TaskUpdate) => void;
  #state: TaskUpdate;

  constructor(user: string, name: string, events: TaskEvents) {
    this.user = user;
    this.name = name;
    this.#events = events;
    this.#state = { status: "in_progress", message: `Task '${name}' is running`, username: user };
    let settle = (_: TaskUpdate) => {};
    this.done = new Promise((resolve) => {
      settle = resolve;
    });
    this.#resolve = settle;
  }

  get state(): TaskUpdate {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#state.status === "in_progress";
  }

  cancel(): boolean {
    if (!this.isRunning) return false;
    this.#become("error", "Cancelled");
    this.#controller.abort();
    return true;
  }

  /** Runs the function, once whoever starts the task has it. Settles when the function has; never rejects. */
  async run(fn: TaskFunction): Promise<void> {
    this.#events.changed(this);
    await undefined;
    if (!this.isRunning) return;
    const { id, name } = this;
    const progress = (message: string) => this.#become("in_progress", String(message));
    try {
      this.#succeed(`Task '${name}' is done`, await fn({ id, progress, signal: this.#controller.signal }));
    } catch (error) {
      if (!this.isRunning) return;
      this.#events.failed(error);
      this.#become("error", messageOf(error));
    }
  }

  #succeed(message: string, value: unknown): void {
    if (!this.isRunning) return;
    let result: unknown;
    try {
      result = snapshot(value);
    } catch (cause) {
      throw new TypeError("The result of the task cannot be told: JSON cannot hold it", { cause });
    }
    this.#become("success", message, result);
  }

  #become(status: TaskUpdate["status"], message: string, result?: unknown): void {
    if (!this.isRunning) return;
    const told = result === undefined ? {} : { result };
    this.#state = { status, message, ...told, username: this.user };
    this.#events.changed(this);
    if (!this.isRunning) this.#resolve(this.#state);
  }
}
