import { expect, test } from "bun:test";
import { createLog, type LogFormat } from "../../../src/cli/log.ts";

/** A reader that reads only when it is told to. */
function slowReader() {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const write = (line: string) => {
    lines.push(line);
    return new Promise<void>((resolve) => waiting.push(resolve));
  };
  const read = async () => {
    for (const resolve of waiting.splice(0)) resolve();
    await Bun.sleep(0);
  };
  return { lines, write, read };
}

test("what nobody reads is left out past 1 MiB, and counted", async () => {
  const { lines, write, read } = slowReader();
  const log = createLog("debug", "json", write);
  for (let at = 0; at < 5000; at++) log("info", "x".repeat(1000), { at });
  expect(lines.join("").length).toBeLessThan(1_100_000);
  const written = lines.length;
  await read();
  expect(lines).toHaveLength(written + 1);
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ level: "warn", entries: 5000 - written });
  log("info", "again");
  expect(lines).toHaveLength(written + 2);
});

test("entries under the level are not written", () => {
  const { lines, write } = slowReader();
  const log = createLog("warn", "pretty", write);
  for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
  expect(lines.map((line) => line.trim().split(" ").at(-1))).toEqual(["warn", "error"]);
});

for (const format of ["pretty", "json"] as LogFormat[])
  test(`nothing in an entry breaks its line or moves a terminal's cursor, in ${format}`, () => {
    const { lines, write } = slowReader();
    const hostile = "a\nb\r\u001b[31m\u0085\u009b31m\u2028\u202e\u{e0001}\ud800";
    createLog("info", format, write)("info", hostile, { [hostile]: hostile });
    expect(lines.join("")).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*\n$/u);
    if (format === "json") expect(JSON.parse(lines[0] ?? "").message).toContain("a\nb");
  });
