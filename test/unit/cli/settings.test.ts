import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../../src/cli/arguments.ts";
import { loadSettings } from "../../../src/cli/settings.ts";
import { scratchFolder } from "../../support/guard.ts";
import { runToExit } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";

setDefaultTimeout(30_000);

function file(text: string): string {
  const path = join(scratchFolder(), "some.json");
  writeFileSync(path, text);
  return path;
}

function faults(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  return [];
}

test("the file that is named is read", () => {
  const TOPICHUB_CONFIG = file('{"limits":{"subscriptions":7}}');
  const { config, environment } = loadSettings({ TOPICHUB_CONFIG, PORT: "1" });
  expect(config.limits.subscriptions).toBe(7);
  expect(environment.PORT).toBe(1);
});

test("a file that is named must be there, and readable", () => {
  const missing = join(scratchFolder(), "missing.json");
  const folder = join(scratchFolder(), "folder");
  mkdirSync(folder);
  expect(faults({ TOPICHUB_CONFIG: missing })).toEqual([
    `'TOPICHUB_CONFIG' takes a file that can be read, got '${missing}' (ENOENT)`,
  ]);
  expect(faults({ TOPICHUB_CONFIG: folder })).toEqual([
    `'TOPICHUB_CONFIG' takes a file that can be read, got '${folder}' (EISDIR)`,
  ]);
});

test("what is no JSON is one fault, that does not quote it", () => {
  for (const text of ["", "{", "limits: {}", '{"a":1,}']) {
    const TOPICHUB_CONFIG = file(text);
    expect(faults({ TOPICHUB_CONFIG })).toEqual([
      `${TOPICHUB_CONFIG}: takes one JSON object, got what is not valid JSON`,
    ]);
  }
});

test("the faults of file and environment come together, each line with its place", () => {
  const TOPICHUB_CONFIG = file('{"limits":{"subscriptions":0},"metrics":{},"limit":1}');
  expect([...faults({ TOPICHUB_CONFIG, PORT: "x", LOG_LEVEL: "loud" })].sort()).toEqual([
    `'LOG_LEVEL' takes debug, info, warn, error, silent, got "loud"`,
    `'PORT' takes a port from 0 to 65535, got "x"`,
    `${TOPICHUB_CONFIG}: 'limits.subscriptions' takes a whole number from 1 to 1000000, got 0`,
    `${TOPICHUB_CONFIG}: 'metrics' is not offered yet`,
    `${TOPICHUB_CONFIG}: Unknown field 'limit'`,
  ]);
});

const serve = (options: Parameters<typeof runToExit>[1]) =>
  runToExit({ command: targets.bun.command }, options);

test("the program ends with status 2 and one line a fault", async () => {
  const { code, stdout, stderr } = await serve({
    env: { PORT: "x", LOG_LEVEL: "loud" },
    config: { limits: { subscriptions: 0 } },
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr.trimEnd().split("\n")).toEqual([
    `topichub: 'PORT' takes a port from 0 to 65535, got "x"`,
    `topichub: 'LOG_LEVEL' takes debug, info, warn, error, silent, got "loud"`,
    expect.stringMatching(
      /^topichub: \S+topichub\.config\.json: 'limits\.subscriptions' takes a whole number from 1 to 1000000, got 0$/,
    ),
  ]);
});

test("topichub.config.json is read where it is there, and a flag wins over the environment", async () => {
  const cwd = scratchFolder();
  writeFileSync(join(cwd, "topichub.config.json"), '{"limits":{"subscriptions":0}}');
  const { code, stderr } = await serve({ cwd, args: ["--port", "y"], env: { PORT: "1" } });
  expect(code).toBe(2);
  expect(stderr.trimEnd().split("\n")).toEqual([
    `topichub: --port takes a port from 0 to 65535, got "y"`,
    "topichub: topichub.config.json: 'limits.subscriptions' takes a whole number from 1 to 1000000, got 0",
  ]);
});
