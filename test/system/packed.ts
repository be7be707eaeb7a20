import { beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../support/client.ts";
import { scratchFolder } from "../support/guard.ts";
import { postJson } from "../support/http.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

const versions: Record<string, string> = JSON.parse(
  readFileSync(`${ROOT}package.json`, "utf8"),
).devDependencies;
const pinned = (...names: string[]) => names.map((name) => `${name}@${versions[name]}`);

// The package as it would be published, in an empty project.
describe("packed and installed", () => {
  const folder = scratchFolder();
  const run = (command: string, ...args: string[]) => {
    const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
    return { status, output: stdout + stderr };
  };

  beforeAll(() => {
    const { stdout } = spawnSync("npm", ["pack", "--silent", "--pack-destination", folder], {
      cwd: ROOT,
      encoding: "utf8",
    });
    writeFileSync(join(folder, "package.json"), '{"name":"an-api","private":true,"type":"module"}');
    cpSync(`${ROOT}test/support/embedded.mjs`, join(folder, "embedded.mjs"));
    const packed = join(folder, stdout.trim().split("\n").at(-1) ?? "");
    const { status, output } = run(
      "npm",
      "install",
      "--no-audit",
      "--no-fund",
      packed,
      ...pinned("hono", "ws", "@hono/node-server"),
    );
    if (status !== 0) throw new Error(output);
  }, 120_000);

  for (const target of [targets.node, targets.bun, targets["deno-native"]])
    test(`it runs on ${target.name}`, async () => {
      const deno = [`${ROOT}node_modules/deno/deno`, "run", "--allow-all", "--node-modules-dir=manual"];
      const start = target.runtime === "deno" ? deno : target.script("").slice(0, -1);
      const command = [...start, join(folder, "embedded.mjs"), target.server];
      await using server = await spawnServer({ command }, { cwd: folder });
      await using client = await connect(server, { token: await token(), path: "/live/ws" });
      await client.request({ action: "subscribe", topic: "order:1" });
      await postJson(server, "/orders/1", { state: "paid" });
      expect(await client.next()).toMatchObject({ type: "order", data: { state: "paid" } });
    });

  test("its command runs", () => {
    const { status, output } = run("npx", "--no-install", "topichub", "--version");
    expect([status, output]).toEqual([
      0,
      expect.stringContaining(`${JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")).version}\n`),
    ]);
  });

  for (const [name, module, install] of [
    ["ws", "topichub/node", "npm install ws"],
    ["@hono/node-server", "topichub/node", "npm install @hono/node-server"],
  ] as const)
    test(`without ${name} it says what to install`, () => {
      rmSync(join(folder, "node_modules", name), { recursive: true });
      const { status, output } = run(
        "node",
        "-e",
        `import("${module}").catch((error) => { console.log(error.message); process.exit(7); })`,
      );
      expect([status, output]).toEqual([7, expect.stringContaining(install)]);
    });
});
