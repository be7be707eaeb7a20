/**
 * A duration as `H:MM:SS`, with `1 day, ` or `N days, ` before it past a day. PROTOCOL.md, Topics.
 * @param ms Milliseconds; a fraction of a second is cut off, and less than none counts as none.
 */
export function formatUptime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(total / 86_400);
  const time = [Math.floor((total % 86_400) / 3600), pad(Math.floor((total % 3600) / 60)), pad(total % 60)];
  return `${days === 0 ? "" : days === 1 ? "1 day, " : `${days} days, `}${time.join(":")}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
