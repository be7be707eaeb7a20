import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { blocksOf } from "../support/snippets.ts";
import { runToExit, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";

setDefaultTimeout(30_000);

const text = readFileSync(`${ROOT}docs/command-line.md`, "utf8");

/** What differs from one run to the next. */
const alike = (output: string) =>
  output
    .replace(/\d\d:\d\d:\d\d\.\d{3}/g, "<time>")
    .replace(/"time":\d{13}/g, '"time":0')
    .replace(/(epoch |"epoch":")\w+/g, "$1<epoch>");

test("docs/command-line.md says what its commands print", async () => {
  await using server = await spawnServer(targets.bun);
  const [settings = "", ...commands] = blocksOf(text, "sh");
  // What a note says of a lost connection is shown by test/system/command-line.ts.
  const outputs = blocksOf(text, "text").filter((output) => !output.includes("connection lost"));
  expect([commands.length, outputs.length]).toEqual([7, 7]);
  const program = `topichub() { ${targets.bun.program.join(" ")} "$@"; }`;
  const setting = settings.replace("http://127.0.0.1:8787", server.url);
  for (const [at, command] of commands.entries()) {
    const script = `${program}\n${setting}\nexec 2>&1\n${command}`;
    const { code, stdout } = await runToExit({ command: ["bash", "-c", script] });
    expect({ command, code, printed: alike(stdout) }).toEqual({
      command,
      code: 0,
      printed: alike(outputs[at] ?? ""),
    });
  }
});
