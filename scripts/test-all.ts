// What `npm test` leaves out: type checks, lint, and the tests that need more than npm's packages or more time.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = `${root}node_modules/.bin/`;
const system = readdirSync(`${root}test/system`).filter((name) => name.endsWith(".ts"));
const hostile = readdirSync(`${root}test/system/hostile`).map((name) => `./test/system/hostile/${name}`);

const steps: [name: string, command: string[]][] = [
  ["types, by tsc", [`${bin}tsc`, "-p", "tsconfig.json"]],
  ["types of the examples, by tsc", [`${bin}tsc`, "-p", "examples"]],
  ["types of the Bedrock example, by tsc", [`${bin}tsc`, "-p", "examples/bedrock-manager/tsconfig.json"]],
  ["types of the core, without a runtime's", [`${bin}tsc`, "-p", "tsconfig.core.json"]],
  ["types, by bun", [`${bin}bun`, "check"]],
  [
    "types, by deno",
    [
      `${root}node_modules/deno/deno`,
      "check",
      "--quiet",
      "src",
      "test/support/deno-native.ts",
      "examples/deno",
    ],
  ],
  ["lint and format", [`${bin}biome`, "ci", "--error-on-warnings", "."]],
  ["package, by publint", [`${bin}bun`, "scripts/lint-package.ts"]],
  ["package's types, by attw", [`${bin}attw`, "--pack", ".", "--profile", "esm-only", "--format", "ascii"]],
  ["what is sent to hurt", [`${bin}bun`, "test", "--parallel=2", ...hostile]],
  ...system.map((name): [string, string[]] => [name, [`${bin}bun`, "test", `./test/system/${name}`]]),
];

const failed = steps.filter(([name, [command = "", ...args]]) => {
  console.log(`\n== ${name}`);
  const startedAt = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "passed" : "FAILED"} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return status !== 0;
});
for (const [name] of failed) console.log(`failed: ${name}`);
process.exit(failed.length > 0 ? 1 : 0);
