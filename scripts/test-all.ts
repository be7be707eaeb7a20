// What `npm test` leaves out: type checks, lint, and the tests that need more than npm's packages or more time. Two steps
// run at a time, since most of them wait most of the time.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const AT_ONCE = 2;

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = `${root}node_modules/.bin/`;
// So that none runs alone at the end.
const LONGEST = ["node-versions.ts", "leaks.ts", "node-ws.ts"];
const testsIn = (folder: string) =>
  readdirSync(root + folder)
    .filter((name) => name.endsWith(".ts"))
    .sort((a, b) => Number(LONGEST.includes(b)) - Number(LONGEST.includes(a)))
    .map((name) => `./${folder}/${name}`);

interface Step {
  name: string;
  command: readonly string[];
}

const tested = (path: string): Step => ({ name: path, command: [`${bin}bun`, "test", path] });

const steps: Step[] = [
  ...testsIn("test/system").map(tested),
  ...testsIn("test/system/hostile").map(tested),
  ...testsIn("test/system/browser").map(tested),
  { name: "types, by tsc", command: [`${bin}tsc`, "-p", "tsconfig.json"] },
  { name: "types of the examples, by tsc", command: [`${bin}tsc`, "-p", "examples"] },
  {
    name: "types of the Bedrock example, by tsc",
    command: [`${bin}tsc`, "-p", "examples/bedrock-manager/tsconfig.json"],
  },
  { name: "types of the core, without a runtime's", command: [`${bin}tsc`, "-p", "tsconfig.core.json"] },
  { name: "types, by bun", command: [`${bin}bun`, "check"] },
  {
    name: "types, by deno",
    command: [
      ...[`${root}node_modules/deno/deno`, "check", "--quiet"],
      ...["src", "test/support/deno-native.ts", "examples/deno"],
    ],
  },
  { name: "lint and format", command: [`${bin}biome`, "ci", "--error-on-warnings", "."] },
  { name: "package, by publint", command: [`${bin}bun`, "scripts/lint-package.ts"] },
  {
    name: "package's types, by attw",
    command: [`${bin}attw`, "--pack", ".", "--profile", "esm-only", "--format", "ascii"],
  },
];

const failed: string[] = [];
const left = [...steps];
// Files: of a pipe of a child, Bun 1.4.5 now and then reads no more.
const outputs = mkdtempSync(join(tmpdir(), "topichub-test-all-"));

async function work(): Promise<void> {
  for (let step = left.shift(); step; step = left.shift()) if (!(await passes(step))) failed.push(step.name);
}

/** Runs one, and prints all that it said once it is over. */
function passes({ name, command: [command = "", ...args] }: Step): Promise<boolean> {
  const startedAt = performance.now();
  const path = join(outputs, name.replaceAll("/", "-"));
  const output = openSync(path, "a");
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", output, output] });
  closeSync(output);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`\n== ${name}\n${readFileSync(path, "utf8")}`);
      console.log(`${status === 0 ? "passed" : "FAILED"} in ${seconds} s`);
      resolve(status === 0);
    });
  });
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
rmSync(outputs, { recursive: true });
for (const name of failed) console.log(`failed: ${name}`);
process.exit(failed.length > 0 ? 1 : 0);
