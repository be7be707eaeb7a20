import { el, part, setText } from "./dom.ts";
import { formatSpan, prettyJson } from "./format.ts";
import { inNextFrame } from "./frames.ts";
import { progressOf, type TaskState, type TaskUpdate } from "./task.ts";

const MOST_TASKS = 100;
const WORDS: Record<TaskState, string> = { in_progress: "● Running", success: "✓ Done", error: "✕ Failed" };

interface Task {
  element: HTMLLIElement;
  startedAt: number;
  endedAt: number | undefined;
  update: TaskUpdate;
  paint(): void;
}

/** The user's tasks, newest first. */
export class Tasks {
  readonly #tasks = new Map<string, Task>();
  readonly #list = part("tasks-list", HTMLUListElement);
  readonly #note = part("tasks-note", HTMLElement);
  readonly #empty = part("tasks-empty", HTMLElement);

  /** How many run. */
  get running(): number {
    return [...this.#tasks.values()].filter(({ endedAt }) => endedAt === undefined).length;
  }

  take(topic: string, update: TaskUpdate, time: number): void {
    const task = this.#tasks.get(topic) ?? this.#add(topic, update, time);
    task.update = update;
    task.endedAt = update.state === "in_progress" ? undefined : time;
    inNextFrame(task.paint);
    inNextFrame(this.#tell);
  }

  clear(): void {
    this.#tasks.clear();
    this.#list.replaceChildren();
    this.#tell();
  }

  #tell = () => {
    this.#empty.hidden = this.#tasks.size > 0;
    const { running } = this;
    setText(this.#note, this.#tasks.size === 0 ? "" : running > 0 ? `${running} running` : "all done");
  };

  #add(topic: string, update: TaskUpdate, startedAt: number): Task {
    if (this.#tasks.size >= MOST_TASKS) {
      const [oldest = ""] = this.#tasks.keys();
      this.#tasks.get(oldest)?.element.remove();
      this.#tasks.delete(oldest);
    }
    const task = newTask(topic, update, startedAt);
    this.#tasks.set(topic, task);
    this.#list.prepend(task.element);
    return task;
  }
}

function newTask(topic: string, update: TaskUpdate, startedAt: number): Task {
  const state = el("span", { class: "task-state" });
  const message = el("p", { class: "task-message" });
  const when = el("span", { class: "task-when" });
  const progress = el("progress", { "aria-label": "Progress" });
  const result = el("pre", { tabindex: "0" });
  const more = el("details", { hidden: "" }, el("summary", {}, "Result"), result);
  const id = el("p", { class: "task-id" }, topic);
  const body = el("div", { class: "task-body" }, message, id, progress, more);
  const element = el("li", { class: "task" }, state, body, when);
  const task: Task = {
    ...{ element, startedAt, endedAt: undefined, update },
    paint() {
      const { update, endedAt } = task;
      element.dataset.state = update.state;
      setText(state, WORDS[update.state]);
      setText(message, update.message);
      setText(when, endedAt === undefined ? "" : `in ${formatSpan(endedAt - startedAt)}`);
      const part = progressOf(update.message);
      progress.hidden = endedAt !== undefined || part === undefined;
      if (part !== undefined) progress.value = part;
      more.hidden = update.result === undefined;
      setText(result, prettyJson(update.result));
    },
  };
  return task;
}
