import { Ring } from "./ring.ts";

/** Most lines that are kept of one log. */
export const LOG_LINES = 2000;
const MOST_LOGS = 40;
const PREFIX = "server_log:";

export interface LogLine {
  text: string;
  kind: "line" | "break";
}

/** The name of the log that a topic has lines of; undefined where it has none. */
export function logOf(topic: string): string | undefined {
  if (topic === "app_log") return "Application";
  return topic.startsWith(PREFIX) ? topic.slice(PREFIX.length) : undefined;
}

/** How bad a line is, as it says of itself. */
export function levelOf(text: string): "warn" | "error" | undefined {
  const level = /\b(?:ERROR|FATAL|CRITICAL|SEVERE|WARN(?:ING)?)\b|"level":"(?:error|fatal|warn)"/i.exec(
    text,
  )?.[0];
  if (level === undefined) return undefined;
  return /warn/i.test(level) ? "warn" : "error";
}

/** The newest lines of each log, by topic. */
export class LogBook {
  readonly #logs = new Map<string, Ring<LogLine>>();

  get topics(): string[] {
    return [...this.#logs.keys()].sort();
  }

  /** Makes a log known, of which nothing came yet. */
  open(topic: string): Ring<LogLine> | undefined {
    const known = this.#logs.get(topic);
    if (known || this.#logs.size >= MOST_LOGS) return known;
    const log = new Ring<LogLine>(LOG_LINES);
    this.#logs.set(topic, log);
    return log;
  }

  /** Takes lines as they are published: whole, each with its end. */
  add(topic: string, data: string): LogLine[] {
    const lines = linesOf(data);
    const log = this.open(topic);
    for (const line of lines) log?.push(line);
    return log ? lines : [];
  }

  /** Puts older lines before those that came meanwhile. */
  addBefore(topic: string, data: readonly string[]): void {
    const newer = this.#logs.get(topic)?.take() ?? [];
    const log = this.open(topic);
    for (const line of [...data.flatMap(linesOf), ...newer]) log?.push(line);
  }

  /** Says in every log that lines may be missing here. */
  addBreak(text: string): void {
    for (const log of this.#logs.values()) if (log.length > 0) log.push({ text, kind: "break" });
  }

  lines(topic: string): LogLine[] {
    return this.#logs.get(topic)?.toArray() ?? [];
  }

  clear(): void {
    this.#logs.clear();
  }
}

function linesOf(data: string): LogLine[] {
  const lines = data.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((text) => ({ text, kind: "line" }));
}
