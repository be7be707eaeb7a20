const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How many in a second: as many digits as say something. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 10) return perSecond.toFixed(1);
  return formatCount(Math.round(perSecond));
}

/** A whole number, with its thousands apart. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Bytes, with a unit that keeps the number short. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** Mebibytes, as samples give them. */
export function formatMemory(mebibytes: number): string {
  return mebibytes < 1024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(2)} GiB`;
}

/** A time span in its largest unit, or the two largest where the smaller one counts. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY)
    return both(Math.floor(seconds / HOUR), "h", Math.floor((seconds % HOUR) / MINUTE), "min");
  return both(Math.floor(seconds / DAY), "d", Math.floor((seconds % DAY) / HOUR), "h");
}

function both(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** The time of day, here, to the millisecond. */
export function formatTime(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const two = (part: number) => String(part).padStart(2, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Any JSON in one line of at most so many characters. */
export function compactJson(data: unknown, most = 240): string {
  const text = typeof data === "string" ? data.replace(/\s+/g, " ").trim() : (JSON.stringify(data) ?? "");
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Any JSON as one reads it. */
export function prettyJson(data: unknown): string {
  return typeof data === "string" ? data : (JSON.stringify(data, null, 2) ?? "");
}

/** "1 topic", "2 topics". */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
