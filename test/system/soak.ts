import { describe, expect, test } from "bun:test";
import { runToExit } from "../support/spawn-server.ts";
import { ROOT } from "../support/targets.ts";

const [MINUTES, SEED] = ["0.25", "20261125"];

describe("a server under everything at once for a short time loses nothing and is left as it was", () => {
  for (const name of ["bun", "node", "deno"])
    test.concurrent(`on ${name}`, async () => {
      const command = [process.execPath, `${ROOT}scripts/soak.ts`, name, MINUTES, SEED];
      const { code, stdout, stderr } = await runToExit({ command }, { ms: 110_000 });
      expect({ code, last: stdout.trimEnd().split("\n").at(-1), stderr }, stdout).toEqual({
        ...{ code: 0, last: "flat, 0 lost", stderr: "" },
      });
    }, 120_000);
});
