import { expect, setSystemTime, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import pidusage from "pidusage";
import type { ResourceUpdate } from "../../../src/bedrock/index.ts";
import { isSameProcess, readProcess } from "../../../src/bedrock/process-reading.ts";
import { type MonitoredServer, ServerProcess } from "../../../src/bedrock/server-process.ts";
import { readUsage } from "../../../src/bedrock/usage.ts";
import { eventually } from "../../support/deadline.ts";
import { canChoosePid, Workshop } from "./processes.ts";

const server = (where: Omit<MonitoredServer, "name">, intervalMs = 300) =>
  new ServerProcess({ name: "survival", ...where }, intervalMs);

const absent = (reason: string): ResourceUpdate => ({
  status: "success",
  process_info: null,
  message: `Server 'survival' ${reason}`,
});

async function figuresOf(process: ServerProcess) {
  const { process_info } = await process.sample();
  if (!process_info) throw new Error("no figures");
  return process_info;
}

test("the first sample of a busy process tells its CPU use, and so do those after it", async () => {
  await using shop = new Workshop();
  const pid = shop.start("sh", "-c", "while :; do :; done");
  // The machine may be busy with other tests: then the loop gets less than a core, for a while.
  const told: number[] = [];
  const isBusy = async (process: ServerProcess) => {
    const { cpu_percent } = await figuresOf(process);
    told.push(cpu_percent);
    return cpu_percent > 40;
  };
  await eventually(() => isBusy(server({ pid })), 10_000, "a busy first sample");
  const process = server({ pid });
  await process.sample();
  await eventually(() => isBusy(process), 10_000, "a busy sample");
  expect(Math.max(...told)).toBeLessThan(150);
});

test("a process that is just being started is running", async () => {
  await using shop = new Workshop();
  for (let count = 0; count < 50; count++) {
    const pid = shop.idle();
    expect((await readProcess(pid))?.pid).toBe(pid);
    await shop.end(pid);
  }
});

test("memory and uptime are those that ps tells", async () => {
  await using shop = new Workshop();
  const pid = shop.idle();
  const { cpu_percent, memory_mb, uptime } = await figuresOf(server({ pid }));
  const rssKiB = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)]));
  expect(cpu_percent).toBeLessThan(20);
  expect(memory_mb).toBeCloseTo(rssKiB / 1024, 0);
  expect(uptime).toMatch(/^0:00:0\d$/);
});

test("a process that is not there, or that has ended, is not running", async () => {
  await using shop = new Workshop();
  const pid = shop.idle();
  const process = server({ pid });
  await figuresOf(process);
  await shop.end(pid);
  expect(await process.sample()).toEqual(absent("is not running"));
  expect(await process.sample()).toEqual(absent("is not running"));
  expect(await server({ pid: 4_194_304 }).sample()).toEqual(absent("is not running"));
});

test("a zombie is not running", async () => {
  await using shop = new Workshop();
  const file = join(shop.folder, "pid");
  // It ends once its parent is a process that reaps nobody.
  const ends = "while ! grep -qx sleep /proc/$$/comm; do :; done";
  shop.start("sh", "-c", `{ ${ends}; } & echo $! > "${file}"; exec sleep 600`);
  const isZombie = (pid: string) => / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  await eventually(() => isZombie(readFileSync(file, "utf8").trim()), 3000, "a zombie");
  expect(await server({ pid_file: file }).sample()).toEqual(absent("is not running"));
});

test("a server without a process says so", async () => {
  expect(await server({}).sample()).toEqual(
    absent("has no process to look at: neither pid nor pid_file is configured"),
  );
});

test("a pid file is read anew for each sample", async () => {
  await using shop = new Workshop();
  const pid_file = join(shop.folder, "server.pid");
  const process = server({ pid_file });
  expect(await process.sample()).toEqual(absent("is not running: its pid file does not exist"));
  shop.pidFile("server.pid", "soon");
  expect(await process.sample()).toEqual(
    absent("cannot be found: its pid file does not hold one process id"),
  );
  const first = shop.idle();
  shop.pidFile("server.pid", first);
  expect((await figuresOf(process)).pid).toBe(first);
  // The CPU time of another process must not be measured against that of this one.
  const second = shop.start("sh", "-c", "while :; do :; done");
  await eventually(async () => ((await readUsage(second))?.ctime ?? 0) > 600, 4000, "CPU use");
  shop.pidFile("server.pid", second);
  const restarted = await figuresOf(process);
  expect(restarted.pid).toBe(second);
  expect(restarted.cpu_percent).toBeLessThan(150);
});

test("a process younger than its pid file is another one", async () => {
  await using shop = new Workshop();
  const pid_file = shop.pidFile("server.pid", shop.idle());
  const process = server({ pid_file });
  await figuresOf(process);
  const past = Date.now() / 1000 - 60;
  utimesSync(pid_file, past, past);
  const stale = absent("is not running: its pid file is older than the process of that id");
  expect(await process.sample()).toEqual(stale);
  expect(await server({ pid_file }).sample()).toEqual(stale);
});

test("a process is not younger than its pid file because the clock was put forward", async () => {
  await using shop = new Workshop();
  const process = server({ pid_file: shop.pidFile("server.pid", shop.idle()) });
  setSystemTime(Date.now() + 3_600_000);
  try {
    await figuresOf(process);
  } finally {
    setSystemTime();
  }
});

test("two readings are of one process as long as they agree on when it started", () => {
  const started = { earliest: 1000, latest: 1010 };
  const reading = { pid: 7, at: 2000, cpuMs: 0, memoryBytes: 1, ageMs: 1000, started, startedAfter: 0 };
  const later = (ms: number) => ({ ...reading, started: { earliest: 1000 + ms, latest: 1010 + ms } });
  expect(isSameProcess(reading, later(20))).toBe(true);
  expect(isSameProcess(reading, later(2000))).toBe(false);
  expect(isSameProcess(reading, { ...reading, pid: 8 })).toBe(false);
});

// Only root on Linux chooses process ids; the test before says the same of readings that are made up.
if (canChoosePid) test("a process id that was used again is not taken for the server", reusesPid);

async function reusesPid(): Promise<void> {
  await using shop = new Workshop();
  const pid = shop.idleAnywhere();
  const process = server({ pid });
  await eventually(async () => (await figuresOf(process)).uptime >= "0:00:02", 4000, "two seconds of age");
  await shop.end(pid);
  shop.idleAs(pid);
  // Otherwise the library still holds the old process, and sees no other of that id.
  clearPidusage();
  const taken = absent("is not running: its process id belongs to another process now");
  expect(await process.sample()).toEqual(taken);
  expect(await process.sample()).toEqual(taken);
  expect((await figuresOf(server({ pid }))).pid).toBe(pid);
}

function clearPidusage(): void {
  if (!("clear" in pidusage) || typeof pidusage.clear !== "function") throw new Error("no clear");
  pidusage.clear();
}
