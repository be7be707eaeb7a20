import { expect, test } from "bun:test";
import { formatUptime } from "../../../src/bedrock/uptime.ts";

const SECOND = 1000;
const DAY = 86_400 * SECOND;

test.each([
  [-5 * SECOND, "0:00:00"],
  [0, "0:00:00"],
  [999, "0:00:00"],
  [61 * SECOND, "0:01:01"],
  [630 * SECOND, "0:10:30"],
  [36_000 * SECOND, "10:00:00"],
  [DAY - 1, "23:59:59"],
  [DAY, "1 day, 0:00:00"],
  [2 * DAY - 1, "1 day, 23:59:59"],
  [2 * DAY, "2 days, 0:00:00"],
  [400 * DAY + 3661 * SECOND, "400 days, 1:01:01"],
])("%d ms are %s", (ms, text) => {
  expect(formatUptime(ms)).toBe(text);
});
