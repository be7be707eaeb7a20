import { describe, expect, test } from "bun:test";
import { runToExit } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";

// So many that what was left for each would be seen, which is 4,000 bytes: scripts/leaks/verdict.ts. A line through two
// rounds would follow what a collector happens to leave.
const [COUNT, ROUNDS] = ["1200", "6"];

describe("of connections, topics and refusals that are over nothing is left", () => {
  for (const { name } of Object.values(targets))
    test(`on ${name}`, async () => {
      const command = [process.execPath, `${ROOT}scripts/faults/leaks.ts`, name, COUNT, ROUNDS];
      const { code, stdout, stderr } = await runToExit({ command }, { ms: 170_000 });
      expect({ code, last: stdout.trimEnd().split("\n").at(-1), stderr }, stdout).toEqual({
        ...{ code: 0, last: "good", stderr: "" },
      });
    }, 180_000);
});
