import { describe, expect, test } from "bun:test";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { startChild } from "../support/child.ts";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { environment } from "../support/environment.ts";
import { scratchFolder } from "../support/guard.ts";
import { getJson, postJson } from "../support/http.ts";
import { ROOT, type Target, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { createUnreadPipe, type UnreadPipe } from "../support/unread-pipe.ts";

/** What becomes of the streams, as a shell says it, and which of them are left to be read. */
const WAYS: Record<string, { stdout: boolean; stderr: boolean }> = {
  "<&-": { stdout: true, stderr: true },
  ">&-": { stdout: false, stderr: true },
  "2>&-": { stdout: true, stderr: false },
  "<&- >&- 2>&-": { stdout: false, stderr: false },
  ">/dev/full": { stdout: false, stderr: true },
  "2>/dev/full": { stdout: true, stderr: false },
  // A full pipe that nobody reads: what is written to it waits for ever.
  '>"$PIPE"': { stdout: false, stderr: true },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("expected a port");
  return address.port;
}

/** A pipe that nobody reads and that holds all that it can. */
function createFullPipe(path: string): UnreadPipe {
  const pipe = createUnreadPipe(path);
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(fd, "x".repeat(4096));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
  } finally {
    closeSync(fd);
  }
  return pipe;
}

describe("a server whose standard streams are closed, or take nothing, goes on", () => {
  // All at once they would wait for each other longer than for themselves.
  for (const target of [targets.node, targets.bun, targets.deno])
    for (const way of Object.keys(WAYS)) test(`${target.name} ${way}`, () => serves(target, way), 60_000);
});

async function serves(target: Target, way: string): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Each connection is a line on standard error, and the short secret a warning.
  const secret = "a short one";
  const path = join(scratchFolder(), "full");
  const pipe = createFullPipe(path);
  const given = { PORT: String(port), LOG_LEVEL: "debug", JWT_SECRET: secret, PIPE: path };
  const env = environment({ env: given });
  const command = ["bash", "-c", `exec "$@" ${way}`, "bash", ...target.command];
  const child = startChild(command, { cwd: ROOT, env, leavesLogsUnread: false });
  try {
    const isUp = async () => (await getJson(url, "/healthz")).status === 200;
    await eventually(isUp, 20_000, () => `it to listen: ${child.stderr()}`);
    const bearer = await token({}, { secret });
    for (let at = 0; at < 5; at++) {
      await using client = await connect(url, { token: bearer });
      await client.request({ action: "subscribe", topic: "x" });
      expect((await postJson(url, "/publish", { topic: "x", data: at }, { token: bearer })).status).toBe(200);
      expect(await client.next()).toMatchObject({ data: at });
    }
    child.kill("SIGTERM");
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const listening = `topichub listening on ${url} (${target.runtime})\n`;
    const { stdout, stderr } = WAYS[way] ?? { stdout: true, stderr: true };
    // Nothing of one comes out of the other, nor out of a socket that has its number.
    expect(child.stdout()).toBe(stdout ? listening : "");
    const lines = child.stderr().split("\n").slice(0, -1);
    for (const line of lines) JSON.parse(line);
    if (stderr) expect(lines[0]).toContain("JWT_SECRET is shorter");
    else expect(lines).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    pipe.close();
  }
}
