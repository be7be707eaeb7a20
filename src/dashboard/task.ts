import { isRecord, textOf } from "./reading.ts";

export type TaskState = "in_progress" | "success" | "error";

/** What a task tells of itself. PROTOCOL.md, Tasks. */
export interface TaskUpdate {
  state: TaskState;
  message: string;
  result: unknown;
}

/** Reads what a task tells; undefined where it is something else. */
export function readTask(data: unknown): TaskUpdate | undefined {
  if (!isRecord(data)) return undefined;
  const { status, result } = data;
  if (status !== "in_progress" && status !== "success" && status !== "error") return undefined;
  return { state: status, message: textOf(data.message) ?? "", result };
}

/** How far a task is, between 0 and 1, where its message counts: "2 of 11", "2/11" or "18 %". */
export function progressOf(message: string): number | undefined {
  const [, done, all] = /(\d+)\s*(?:of|\/)\s*(\d+)/.exec(message) ?? [];
  if (done !== undefined && Number(all) > 0) return Math.min(Number(done) / Number(all), 1);
  const [, percent] = /(\d+(?:\.\d+)?)\s*%/.exec(message) ?? [];
  return percent === undefined ? undefined : Math.min(Number(percent) / 100, 1);
}
