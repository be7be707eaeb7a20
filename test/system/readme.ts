import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../support/child.ts";
import { connect } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { environment } from "../support/environment.ts";
import { scratchFolder } from "../support/guard.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT } from "../support/targets.ts";

// The shell of the README, to the letter, in an empty folder and on the port that it names.
const blocks = [...readFileSync(`${ROOT}README.md`, "utf8").matchAll(/```sh\n(.*?)```/gs)].map(
  ([, text = ""]) => text,
);
const block = (part: string) => {
  const [found, ...others] = blocks.filter((text) => text.includes(part));
  if (found === undefined || others.length > 0) throw new Error(`${others.length + 1} blocks with ${part}`);
  return found.trim();
};
const own = { HOST: undefined, PORT: undefined, JWT_SECRET: undefined };

function clone(): string {
  const folder = join(scratchFolder(), "topichub");
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync("git", ["clone", "--quiet", ROOT, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return folder;
}

/** Runs what starts a server; `exec` where there is one command, so that a signal reaches what the user started. */
const start = (script: string, cwd: string) =>
  spawnServer({ command: ["bash", "-c", script] }, { cwd, env: own, ms: 120_000 });
const lastExec = (script: string) => script.replace(/(^|&& |\n)([^&\n]*)$/, "$1exec env $2");

describe("the README, in a fresh clone", () => {
  test("installs, starts, makes a token, watches, publishes and stops", async () => {
    const cwd = clone();
    {
      await using server = await start(lastExec(block("npm install && npm start")), cwd);
      const shown = await eventually(
        () => /[\w-]+\.[\w-]+\.[\w-]{20,}/.exec(server.stderr())?.[0],
        5000,
        "a token",
      );
      await using client = await connect(server, { token: shown });
      await client.request({ action: "subscribe", topic: "resource-monitor:topichub" });
      expect((await client.next(5000)).data).toMatchObject({ process_info: { pid: expect.any(Number) } });
      expect(await server.stop()).toMatchObject({ code: 0 });
    }
    await using server = await start(
      lastExec(
        block("> jwt-secret").replace(
          "JWT_SECRET=$(cat jwt-secret) npm",
          'env JWT_SECRET="$(cat jwt-secret)" npm',
        ),
      ),
      cwd,
    );
    expect(server.url).toBe("http://127.0.0.1:8787");
    const [make = "", watch = ""] = block("topichub subscribe").split("\n");
    expect(spawnSync("bash", ["-ec", make], { cwd, encoding: "utf8" }).stderr).not.toContain("topichub:");
    // So many that it ends by itself, by the samples that come every two seconds.
    const options = { cwd, env: environment({ env: own }), leavesLogsUnread: false };
    const watcher = startChild(["bash", "-c", `${watch} --count 8`], options);
    await eventually(() => watcher.stderr().includes("connected as alex"), 20_000, "the subscription");
    const publish = block("topichub publish");
    const { stdout, stderr } = spawnSync("bash", ["-ec", publish], { cwd, encoding: "utf8" });
    expect([JSON.parse(stdout), stderr.includes("topichub:")]).toEqual([
      {
        status: "success",
        published: [{ topic: "event:after_backup", epoch: expect.any(String), offset: 2 }],
      },
      false,
    ]);
    expect(await within(watcher.exited, 30_000, "its end")).toMatchObject({ code: 0 });
    const events = watcher.stdout().match(/event:after_backup event {"server_name":"survival"}\n/g);
    expect(events).toHaveLength(2);
    const token = readFileSync(join(cwd, "token"), "utf8").trim();
    await using client = await connect(server, { token });
    expect(await client.request({ action: "subscribe", topic: "*" })).toMatchObject({ status: "success" });
    expect(await server.stop()).toMatchObject({ code: 0 });
  }, 240_000);

  test("on Bun and Deno", async () => {
    const cwd = clone();
    const bin = `PATH=${ROOT}node_modules/.bin:$PATH`;
    for (const [script, runtime] of [
      [`${bin}; bun install && exec bun run start:bun`, "bun"],
      [`exec ${ROOT}node_modules/deno/deno task start`, "deno"],
    ] as const) {
      await using server = await start(script, cwd);
      expect(server.runtime).toBe(runtime);
      expect(await server.stop()).toMatchObject({ code: 0 });
    }
    for (const command of [
      "bun src/cli/main.ts",
      `PATH=/usr/bin:/bin scripts/deno.sh run -A src/cli/main.ts`,
    ]) {
      const { stdout } = spawnSync("bash", ["-c", `${bin}; ${command} --version`], { cwd, encoding: "utf8" });
      expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    }
  }, 240_000);
});
