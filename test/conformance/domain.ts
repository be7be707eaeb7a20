import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { hasOpen } from "../support/descriptors.ts";
import { scratchFolder } from "../support/guard.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function domain(target: Target): void {
  const child = spawn("sleep", ["300"]);
  const folder = scratchFolder();
  const [log_file, app_log] = [join(folder, "server.log"), join(folder, "app.log")];
  const servers = [
    { name: "survival", pid: child.pid },
    { name: "creative", pid_file: "/nonexistent/pid" },
    { name: "logged", log_file },
  ];
  const server = sharedServer(target, { config: { servers, app_log, monitor: { interval_ms: 300 } } });
  const watch = async (topic: string) => {
    const client = await connect(server(), { token: await token() });
    await client.request({ action: "subscribe", topic });
    return client;
  };
  const sample = {
    pid: expect.any(Number),
    cpu_percent: expect.any(Number),
    memory_mb: expect.any(Number),
    uptime: expect.stringMatching(/^(\d+ days?, )?\d+:\d\d:\d\d$/),
  };

  test("the program itself is sampled", async () => {
    await using client = await watch("resource-monitor:topichub");
    for (let at = 0; at < 2; at++) {
      const message = await client.next(5000);
      expect(message).toMatchObject({ type: "resource_update", topic: "resource-monitor:topichub" });
      expect(message.data).toEqual({ status: "success", process_info: { ...sample, pid: server().pid } });
    }
  });

  test("a pattern watches every server; one that dies is told as gone", async () => {
    await using client = await watch("resource-monitor:*");
    const of = (name: string) => (message: { topic?: string }) =>
      message.topic === `resource-monitor:${name}`;
    expect((await client.nextMatching(of("survival"), 5000)).data).toEqual({
      status: "success",
      process_info: { ...sample, pid: child.pid },
    });
    expect((await client.nextMatching(of("creative"), 5000)).data).toEqual({
      status: "success",
      process_info: null,
      message: expect.stringContaining("creative"),
    });
    child.kill("SIGKILL");
    const isGone = (message: { topic?: string; data?: unknown }) =>
      of("survival")(message) && (message.data as { process_info: unknown }).process_info === null;
    expect((await client.nextMatching(isGone, 5000)).data).toMatchObject({
      message: expect.stringContaining("survival"),
    });
  });

  test("a server that nobody configured is told as unknown", async () => {
    await using client = await watch("resource-monitor:nope");
    expect((await client.next(5000)).data).toEqual({
      status: "success",
      process_info: null,
      message: "Server 'nope' is not configured here",
    });
  });

  test("a server with nothing but a log has no process to look at", async () => {
    await using client = await watch("resource-monitor:logged");
    expect((await client.next(5000)).data).toEqual({
      status: "success",
      process_info: null,
      message: "Server 'logged' has no process to look at: neither pid nor pid_file is configured",
    });
  });

  for (const selector of ["server_log:logged", "server_log:*"])
    test(`${selector} tells new lines, whole, across rotations`, async () => {
      writeFileSync(log_file, "old\nbegun before");
      await using client = await watch(selector);
      const told = async (text: string) => {
        let data = "";
        while (data.length < text.length) {
          const message = await client.next(5000);
          expect(message).toMatchObject({ type: "log_update", topic: "server_log:logged" });
          data += message.data;
        }
        expect(data).toBe(text);
      };
      appendFileSync(log_file, ", grüße\r\nhalf of");
      await told("begun before, grüße\r\n");
      appendFileSync(log_file, " a line\nlast of the old\n");
      renameSync(log_file, `${log_file}.1`);
      writeFileSync(log_file, "first of the new\n");
      await told("half of a line\nlast of the old\nfirst of the new\n");
      truncateSync(log_file);
      appendFileSync(log_file, "again\n");
      await told("again\n");
    });

  test("the application's log, which may come later", async () => {
    await using client = await watch("app_log");
    writeFileSync(app_log, "ready\n");
    expect(await client.next(5000)).toMatchObject({ type: "log_update", topic: "app_log", data: "ready\n" });
  });

  test("a log is open only while somebody watches it", async () => {
    writeFileSync(log_file, "old\n");
    const isOpen = () => hasOpen(server().pid, log_file);
    expect(isOpen()).toBe(false);
    await using client = await watch("server_log:logged");
    await using second = await watch("server_*");
    await eventually(isOpen, 5000, "the log to be open");
    await client.request({ action: "unsubscribe", topic: "server_log:logged" });
    appendFileSync(log_file, "one\n");
    expect(await second.next(5000)).toMatchObject({ data: "one\n" });
    await second.close();
    await eventually(() => !isOpen(), 5000, "the log to be closed");
    appendFileSync(log_file, "unwatched\n");
    await client.expectSilence();
  });

  test("a burst of 100,000 lines comes whole and in order to who reads", async () => {
    writeFileSync(log_file, "");
    await using client = await watch("server_log:logged");
    const lines = Array.from({ length: 100_000 }, (_, at) => `[INFO] line ${at} of a burst\n`).join("");
    appendFileSync(log_file, lines);
    let told = "";
    while (told.length < lines.length) told += (await client.next(10_000)).data;
    expect(told === lines).toBe(true);
  });
}
