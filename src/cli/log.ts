import { printable } from "../protocol/printable.ts";

export const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type Level = (typeof LEVELS)[number];
export type LogFormat = "pretty" | "json";

/** Writes one entry of one line. */
export type Log = (
  level: Exclude<Level, "silent">,
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** Writes a line. Settles when it is written, or cannot be; it neither rejects nor holds up the process. */
export type WriteLine = (line: string) => Promise<void>;

// What a reader that does not read may leave waiting, in characters. Past that entries are left out.
const MOST_WAITING = 1_048_576;

/** Makes the log; entries under `least` are left out. */
export function createLog(least: Level, format: LogFormat, write: WriteLine): Log {
  const encode = format === "json" ? json : pretty;
  let waiting = 0;
  let leftOut = 0;
  const put: Log = (level, message, fields = {}) => {
    if (waiting > MOST_WAITING) {
      leftOut++;
      return;
    }
    const line = `${encode(new Date().toISOString(), level, message, fields)}\n`;
    waiting += line.length;
    void write(line).then(() => {
      waiting -= line.length;
      if (waiting > 0 || leftOut === 0) return;
      const entries = leftOut;
      leftOut = 0;
      put("warn", "entries were left out while nobody read the log", { entries });
    });
  };
  return (level, message, fields) => {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(least)) put(level, message, fields);
  };
}

// Every value is encoded, so that none can begin a line of its own or move a terminal's cursor.
function json(time: string, level: string, message: string, fields: Record<string, unknown>): string {
  return printable(JSON.stringify({ time, level, message, ...fields }));
}

function pretty(time: string, level: string, message: string, fields: Record<string, unknown>): string {
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return printable(`${time.slice(11, 23)} ${level.padEnd(5)} ${message}${rest.join("")}`);
}
