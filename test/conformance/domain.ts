import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { connect } from "../support/client.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function domain(target: Target): void {
  const child = spawn("sleep", ["60"]);
  const servers = [
    { name: "survival", pid: child.pid },
    { name: "creative", pid_file: "/nonexistent/pid" },
  ];
  const server = sharedServer(target, { config: { servers, monitor: { interval_ms: 300 } } });
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
}
