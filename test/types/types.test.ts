import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../support/targets.ts";

setDefaultTimeout(30_000);

test("what must compile does, and what must not does not", () => {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout, status } = spawnSync(process.execPath, [compiler, "-p", import.meta.dir], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
}, 60_000);
