import { expect, setDefaultTimeout, test } from "bun:test";
import { runToExit } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";

setDefaultTimeout(30_000);

test("no token is made for a user that no server takes", async () => {
  for (const user of ["a\nb", "x".repeat(256)]) {
    const { code } = await runToExit({ command: targets.bun.program }, { args: ["token", "--user", user] });
    expect(code).toBe(2);
  }
});

test("what a flag got wrong is named by the flag", async () => {
  const { stderr } = await runToExit({ command: targets.bun.command }, { args: ["--port", "x"] });
  expect(stderr).toContain("--port");
});
