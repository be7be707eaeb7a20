import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { ROOT } from "../support/targets.ts";

setDefaultTimeout(30_000);

const FILE = "examples/testing/orders.test.js";
const source = readFileSync(ROOT + FILE, "utf8");
const tests = [...source.matchAll(/^test\("([^"]+)"/gm)].map(([, name = ""]) => name);

/** Each runtime's test runner, as the first comment of the example has it; the runtimes are those of node_modules. */
const runners: [program: string, path: string, args: string[], passed: RegExp][] = [
  ["node", "node", ["--test"], /^# pass (\d+)$/m],
  ["bun", `${ROOT}node_modules/.bin/bun`, ["test"], /^ (\d+) pass$/m],
  ["deno", `${ROOT}node_modules/deno/deno`, ["test", "--allow-env"], /(\d+) passed \| 0 failed/],
];

test.each(runners)(
  "the example of a user's tests passes by the test runner of %s",
  (program, path, args, passed) => {
    expect(source).toContain([program, ...args, FILE].join(" "));
    const reporter = program === "node" ? ["--test-reporter=tap"] : [];
    const env = { ...process.env, NO_COLOR: "1" };
    const { status, stdout, stderr } = spawnSync(path, [...args, ...reporter, FILE], {
      ...{ cwd: ROOT, env, encoding: "utf8", timeout: 25_000 },
    });
    const output = stdout + stderr;
    expect([status, passed.exec(output)?.[1], status === 0 ? "" : output]).toEqual([
      0,
      String(tests.length),
      "",
    ]);
  },
);
