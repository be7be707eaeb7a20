import { beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../support/guard.ts";
import { runToExit, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";

// Every line of Node that is supported, less the one that `npm test` has run on already.
const machines = spawnSync("node", ["--version"], { encoding: "utf8" }).stdout;
const versions = ["20.20.2", "22.23.3", "24.21.0"].filter(
  (version) => !machines.startsWith(`v${version.slice(0, 3)}`),
);

/** Installs a Node and gives the folder of its program. */
function install(version: string): string {
  const folder = scratchFolder();
  const project = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(project));
  const args = ["install", "--no-audit", "--no-fund", "--no-package-lock"];
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(stdout + stderr);
  return join(folder, "node_modules/node/bin");
}

describe.each(versions)("on Node %s", (version) => {
  let bin = "";
  let env = {};
  beforeAll(() => {
    bin = install(version);
    env = { PATH: `${bin}:${process.env.PATH}` };
  }, 120_000);

  const both = [targets.node, targets["node-ws"]];
  for (const target of both)
    test(`${target.name} is served by it`, async () => {
      await using server = await spawnServer(target, { env });
      expect(readlinkSync(`/proc/${server.pid}/exe`)).toBe(join(bin, "node"));
      const { stdout } = spawnSync(join(bin, "node"), ["--version"], { encoding: "utf8" });
      expect(stdout.trim()).toBe(`v${version}`);
    }, 30_000);

  test("the client library and the command line run on it", async () => {
    const files = ["./test/system/client.ts", "./test/system/command-line.ts"];
    const command = [process.execPath, "test", ...files, "-t", "^node "];
    const { code, stderr } = await runToExit({ command }, { cwd: ROOT, env, ms: 120_000 });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/\n *1[4-9] pass\n/)]);
  }, 130_000);

  test("the conformance suite passes", async () => {
    const files = ["./test/conformance/node.test.ts", "./test/system/node-ws.ts"];
    const command = [process.execPath, "test", "--parallel=2", ...files];
    const { code, stderr } = await runToExit({ command }, { cwd: ROOT, env, ms: 480_000 });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/\n *[3-9]\d\d pass\n/)]);
  }, 490_000);
});
