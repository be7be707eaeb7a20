import { expect, test } from "bun:test";
import { safeParse } from "valibot";
import { MonitorConfig, ServersConfig } from "../../../src/bedrock/config.ts";
import { faultsOf } from "../../../src/protocol/faults.ts";

function faults(...servers: unknown[]): string[] {
  return faultsOf(safeParse(ServersConfig, servers).issues ?? []).map(({ message }) => message);
}

test("a server has a pid file or a process id, with a log file besides or alone", () => {
  const pid_file = "/run/server.pid";
  expect(faults({ name: "a", pid_file }, { name: "b", pid: 1 }, { name: "c", pid: 4_194_304 })).toEqual([]);
  const log_file = "/var/log/a";
  expect(
    faults({ name: "a", pid_file, log_file }, { name: "b", pid: 1, log_file }, { name: "c", log_file }),
  ).toEqual([]);
  for (const server of [
    { name: "a" },
    { name: "a", pid: 1, pid_file },
    { name: "a", pid: 1, pid_file, log_file },
  ])
    expect(faults(server)).toEqual([
      "'0' takes either pid_file or pid, with a log_file besides or alone, got Object",
    ]);
  for (const log_file of ["", null, 5])
    expect(faults({ name: "a", log_file })).toEqual([
      expect.stringContaining("'0.log_file' takes the path of a file, got "),
    ]);
});

test.each([0, -1, 1.5, 4_194_305, "1", null, Number.NaN])("%p is no process id", (pid) => {
  expect(faults({ name: "a", pid })).toEqual([
    expect.stringMatching(/^'0\.pid' takes a process id from 1 to 4194304, got /),
  ]);
});

test("a name is one that a topic can end in", () => {
  for (const name of ["survival", "Überleben", "a:b/c", ".", "é".repeat(100)])
    expect(faults({ name, pid: 1 })).toEqual([]);
  const bad = [
    "",
    " ",
    "a b",
    "a*",
    "*",
    "a\n",
    "a\u200b",
    "a\u202e",
    "\ud800",
    "é".repeat(101),
    "topichub",
    1,
  ];
  for (const name of bad)
    expect(faults({ name, pid: 1 })).toEqual([expect.stringMatching(/^'0\.name' takes a name of 1 to 200/)]);
});

test("no two servers have one name", () => {
  expect(faults({ name: "a", pid: 1 }, { name: "b", pid: 1 }, { name: "a", pid: 2 })).toEqual([
    `'2.name' takes a name that no other server has, got "a"`,
  ]);
});

test("other fields, and other things than a list of objects, are refused", () => {
  expect(faults({ name: "a", pid: 1, port: 2 })).toEqual(["Unknown field '0.port'"]);
  expect(faults({ pid: 1 })).toEqual(["'0.name' is missing"]);
  expect(faults("a")).toEqual([`'0' takes an object, got "a"`]);
  expect(faults({ name: "a", pid_file: "" })).toEqual([`'0.pid_file' takes the path of a file, got ""`]);
  expect(safeParse(ServersConfig, {}).issues?.[0].message).toBe("a list of servers");
});

test("the interval is 2 s unless given, and within bounds", () => {
  expect(safeParse(MonitorConfig, {}).output).toEqual({ interval_ms: 2000 });
  for (const interval_ms of [100, 3_600_000])
    expect(safeParse(MonitorConfig, { interval_ms }).success).toBe(true);
  for (const interval_ms of [99, 3_600_001, 100.5, "100", null, Number.POSITIVE_INFINITY])
    expect(safeParse(MonitorConfig, { interval_ms }).issues?.[0].message).toBe(
      "a whole number of milliseconds from 100 to 3600000",
    );
  expect(safeParse(MonitorConfig, { interval: 100 }).success).toBe(false);
});
