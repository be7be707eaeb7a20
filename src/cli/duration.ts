const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** What `parseSeconds` takes, in words. */
export const DURATION_RULE = "a number and s, m, h or d, such as 12h";

/** The seconds of a duration such as `10s` or `12h`; undefined for what is none. */
export function parseSeconds(text: string): number | undefined {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0) : undefined;
}
