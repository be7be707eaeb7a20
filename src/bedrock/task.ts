import * as v from "valibot";
import { messageOf, shortened } from "./failures.ts";
import { Pace } from "./pace.ts";
import { snapshot } from "./snapshot.ts";

/** What is told of a task. */
export const TaskUpdateData = v.object({
  status: v.picklist(["in_progress", "success", "error"]),
  message: v.string(),
  /** What the task returned, where it returned anything. */
  result: v.optional(v.unknown()),
  /** Who started it. */
  username: v.string(),
});
/** The data of a `task_update`. PROTOCOL.md, Topics. */
export type TaskUpdate = v.InferOutput<typeof TaskUpdateData>;

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
  /**
   * Tells the user how far it is, at once or within a tenth of a second: of those in between the last one. Does
   * nothing once the task has ended.
   * @param message Its first 1024 characters are told.
   */
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

// As often as an eye can follow; more would only fill the user's connections.
const PROGRESS_MS = 100;

/** A function that runs in the background, and what is to be known of it. */
export class RunningTask implements Task {
  readonly id: string = crypto.randomUUID();
  readonly name: string;
  readonly user: string;
  readonly done: Promise<TaskUpdate>;
  readonly #events: TaskEvents;
  readonly #maxResultBytes: number;
  readonly #progress: Pace;
  readonly #controller = new AbortController();
  readonly #resolve: (state: TaskUpdate) => void;
  #state: TaskUpdate;

  /** @param maxResultBytes Of its result, as JSON. */
  constructor(user: string, name: string, maxResultBytes: number, events: TaskEvents) {
    this.user = user;
    this.name = name;
    this.#maxResultBytes = maxResultBytes;
    this.#events = events;
    this.#progress = new Pace(PROGRESS_MS, () => events.changed(this));
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
    this.#end("error", "Cancelled");
    this.#controller.abort();
    return true;
  }

  /** Runs the function, once whoever starts the task has it. Settles when the function has; never rejects. */
  async run(fn: TaskFunction): Promise<void> {
    this.#events.changed(this);
    await undefined;
    if (!this.isRunning) return;
    const { id, name } = this;
    const progress = (message: string) => this.#goOn(shortened(String(message)));
    try {
      this.#succeed(`Task '${name}' is done`, await fn({ id, progress, signal: this.#controller.signal }));
    } catch (error) {
      if (!this.isRunning) return;
      this.#events.failed(error);
      this.#end("error", messageOf(error));
    }
  }

  #goOn(message: string): void {
    if (!this.isRunning) return;
    this.#state = { status: "in_progress", message, username: this.user };
    this.#progress.ask();
  }

  #succeed(message: string, value: unknown): void {
    if (!this.isRunning) return;
    let result: unknown;
    try {
      result = snapshot(value, this.#maxResultBytes);
    } catch (cause) {
      const isTooLong = cause instanceof RangeError;
      const reason = isTooLong ? `it takes more than ${this.#maxResultBytes} bytes` : "JSON cannot hold it";
      throw new TypeError(`The result of the task cannot be told: ${reason}`, { cause });
    }
    this.#end("success", message, result);
  }

  #end(status: "success" | "error", message: string, result?: unknown): void {
    if (!this.isRunning) return;
    const told = result === undefined ? {} : { result };
    this.#state = { status, message, ...told, username: this.user };
    this.#progress.end();
    this.#events.changed(this);
    this.#resolve(this.#state);
  }
}
