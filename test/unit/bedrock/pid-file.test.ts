import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { readPidFile } from "../../../src/bedrock/pid-file.ts";
import { within } from "../../support/deadline.ts";
import { Workshop } from "./processes.ts";

test("a pid file holds one process id, with white space around it", async () => {
  await using shop = new Workshop();
  for (const content of ["1234", "1234\n", " \r\n1234\t\n"])
    expect(await readPidFile(shop.pidFile("pid", content))).toMatchObject({ pid: 1234 });
  const path = shop.pidFile("pid", 4194304);
  utimesSync(path, 1000, 2000);
  expect(await readPidFile(path)).toEqual({ pid: 4_194_304, writtenAt: 2_000_000 });
});

test.each([
  "",
  " \n",
  "0",
  "-1",
  "+1",
  "1.5",
  "1e3",
  "0x10",
  "12 13",
  "12\n13",
  "4194305",
  "9".repeat(400),
  "x",
])("%j is no process id", async (content) => {
  await using shop = new Workshop();
  expect(await readPidFile(shop.pidFile("pid", content))).toBe("malformed");
});

test("a pid file may be missing; a folder is none, and a named pipe is not waited for", async () => {
  await using shop = new Workshop();
  expect(await readPidFile(join(shop.folder, "none"))).toBeUndefined();
  mkdirSync(join(shop.folder, "folder"));
  expect(await readPidFile(join(shop.folder, "folder"))).toBe("malformed");
  spawnSync("mkfifo", [join(shop.folder, "pipe")]);
  expect(await within(readPidFile(join(shop.folder, "pipe")), 2000, "the pipe")).toBe("malformed");
});

test("a pid file that cannot be read is an error", async () => {
  await using shop = new Workshop();
  const file = shop.pidFile("file", "1");
  await expect(readPidFile(join(file, "pid"))).rejects.toThrow("ENOTDIR");
});
