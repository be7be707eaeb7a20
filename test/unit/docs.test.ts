import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startChild } from "../support/child.ts";
import { eventually } from "../support/deadline.ts";
import { environment } from "../support/environment.ts";
import { blocksOf, programOf } from "../support/snippets.ts";
import { ROOT } from "../support/targets.ts";

setDefaultTimeout(30_000);

const documents = readdirSync(`${ROOT}docs`)
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({ name, text: readFileSync(`${ROOT}docs/${name}`, "utf8") }));

/** Whose snippets are parts of servers and clients, each run by a test of its own. */
const PLAYED = ["command-line.md", "delivery.md", "embedding.md", "signing-in.md"];
/** Whose snippets are parts of a page, in which they are run. */
const IN_A_PAGE = ["client.md"];
/** Which have none. */
const PROSE = ["operating.md", "security.md"];

// In the project's folder, so that the package finds itself by its name.
const folder = `${ROOT}.scratch/docs-${process.pid}`;
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

for (const { name, text } of documents.filter((document) => ![...PLAYED, ...PROSE].includes(document.name)))
  describe(`docs/${name}`, () => {
    const outputs = blocksOf(text, "text");
    test("says what each snippet prints", () => {
      expect(outputs).toHaveLength(blocksOf(text, "js").length);
      expect(outputs.length).toBeGreaterThan(0);
    });

    for (const [at, code] of blocksOf(text, "js").entries())
      for (const runtime of ["node", "bun", "deno"] as const)
        test(`snippet ${at + 1} prints that on ${runtime}`, async () => {
          const cwd = join(folder, `${name}-${at}-${runtime}`);
          mkdirSync(cwd);
          // What keeps an API alive is its server, which a snippet has not.
          const page = IN_A_PAGE.includes(name) ? `import "${ROOT}test/support/page.mjs";\n` : "";
          writeFileSync(join(cwd, "snippet.mjs"), `${page}setTimeout(() => {}, 60_000);\n${code}`);
          const command = [...programOf(runtime), join(cwd, "snippet.mjs")];
          const child = startChild(command, { cwd, env: environment({}), leavesLogsUnread: false });
          try {
            const isThere = () => child.stdout() === outputs[at] || child.stderr() !== "";
            await eventually(isThere, 10_000, () => `the output; so far ${child.stdout()}`);
            expect([child.stdout(), child.stderr()]).toEqual([outputs[at] ?? "", ""]);
          } finally {
            child.kill("SIGKILL");
            await child.exited;
          }
        });
  });

test("every snippet in TypeScript compiles, and what is said not to does not", () => {
  const snippets = documents.flatMap(({ text }) => blocksOf(text, "ts"));
  expect(snippets.length).toBeGreaterThan(0);
  const types = join(folder, "types");
  mkdirSync(types);
  for (const [at, code] of snippets.entries()) writeFileSync(join(types, `${at}.ts`), code);
  const config = { extends: `${ROOT}tsconfig.json`, include: ["*.ts", `${ROOT}src/**/*.d.ts`] };
  writeFileSync(join(types, "tsconfig.json"), JSON.stringify(config));
  const compiler = `${ROOT}node_modules/typescript/bin/tsc`;
  const { stdout, status } = spawnSync(process.execPath, [compiler, "-p", types], { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
});

test.each(["README.md", ...documents.map(({ name }) => `docs/${name}`)])(
  "every link of %s leads to a file",
  (path) => {
    const links = [...readFileSync(ROOT + path, "utf8").matchAll(/\]\((?!http)([^)#]+)/g)];
    expect(links.length).toBeGreaterThan(0);
    for (const [, link = ""] of links)
      expect([link, existsSync(join(ROOT, dirname(path), link))]).toEqual([link, true]);
  },
);

test("every threat of docs/security.md has a test that shows the answer, by its name", () => {
  const rows = [...readFileSync(`${ROOT}docs/security.md`, "utf8").matchAll(/^\| (?!threat)(.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  for (const [, row = ""] of rows) {
    const [threat, , shownBy = ""] = row.split(" | ");
    const tests = [...shownBy.matchAll(/`(test\/[\w/.-]+)`((?:,? "[^"]+")+)/g)];
    expect([threat, tests.length > 0]).toEqual([threat, true]);
    for (const [, file = "", names = ""] of tests)
      for (const [name] of names.matchAll(/"[^"]+"/g))
        expect([file, name, readFileSync(ROOT + file, "utf8").includes(name)]).toEqual([file, name, true]);
  }
});
