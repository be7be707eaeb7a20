import process from "node:process";

export const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type Level = (typeof LEVELS)[number];
export type LogFormat = "pretty" | "json";

/** Writes entries of one line to standard error. */
export type Log = (
  level: Exclude<Level, "silent">,
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** Makes the log; entries under `least` are left out. */
export function createLog(least: Level, format: LogFormat): Log {
  // A pipe that was closed must not stop the server.
  process.stderr.on("error", () => {});
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const time = new Date().toISOString();
    process.stderr.write(
      `${format === "json" ? json(time, level, message, fields) : pretty(time, level, message, fields)}\n`,
    );
  };
}

function json(time: string, level: string, message: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ time, level, message, ...fields });
}

function pretty(time: string, level: string, message: string, fields: Record<string, unknown>): string {
  // Encoded, so that a value can neither begin a line of its own nor move the cursor.
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${message}${rest.join("")}`;
}
