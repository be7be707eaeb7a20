import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../support/guard.ts";
import { sharedServer } from "../../support/shared-server.ts";
import { runToExit } from "../../support/spawn-server.ts";
import { ROOT, targets } from "../../support/targets.ts";
import { token } from "../../support/token.ts";

setDefaultTimeout(30_000);

// What was built, where no package is to be found, on a Node that has no WebSocket of its own.
const folder = scratchFolder();
const command = ["node", "--no-experimental-websocket", join(folder, "dist/cli/main.js")];
beforeAll(() => {
  cpSync(`${ROOT}dist`, join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
});
const server = sharedServer(targets.bun);
const run = async (...args: string[]) => {
  const env = { TOPICHUB_URL: server().url, TOPICHUB_TOKEN: await token() };
  const { code, stdout, stderr } = await runToExit({ command }, { args, env });
  return [code, stdout, stderr];
};

test("without a WebSocket publications come as Server-Sent Events", async () => {
  expect(await run("publish", "resource-monitor:a", "1", "-v")).toEqual([
    0,
    expect.stringMatching(/^resource-monitor:a offset 1 /),
    "",
  ]);
  // Its current value comes to whoever subscribes.
  expect(await run("subscribe", "resource-monitor:a", "--count", "1")).toEqual([
    0,
    expect.stringMatching(/ resource-monitor:a resource_update 1\n$/),
    "topichub: connected (sse)\n",
  ]);
});

test("without a WebSocket one that is asked for is an error that says what to install", async () => {
  const line = "topichub: --transport websocket needs the package 'ws': npm install ws\n";
  for (const args of [
    ["subscribe", "a"],
    ["publish", "a", "1"],
  ])
    expect(await run(...args, "--transport", "websocket")).toEqual([1, "", line]);
});
