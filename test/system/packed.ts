import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { CloseCode } from "../../src/protocol/codes.ts";
import { connect } from "../support/client.ts";
import { getJson, postJson } from "../support/http.ts";
import {
  BUN,
  DENO,
  DENO_RUN,
  installPacked,
  type Packed,
  type Project,
  pinned,
  startOf,
} from "../support/packed.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

setDefaultTimeout(60_000);

let folder: string;
let packed: Packed;
let run: Project["run"];

beforeAll(() => {
  const peers = pinned("hono", "ws", "@hono/node-server", "pidusage");
  const compiler = pinned("typescript", "@types/node", "@types/bun");
  ({ folder, packed, run } = installPacked(...peers, ...compiler));
}, 120_000);

/** The documents that an embedder reads; those of operators stay in the repository. */
const DOCS = [
  "client",
  "command-line",
  "delivery",
  "domain",
  "embedding",
  "signing-in",
  "testing",
  "typed-topics",
];

describe("packed", () => {
  test("it holds what was built, its sources and the documents", () => {
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    const { size, unpackedSize, files } = packed;
    console.log(`${files.length} files, ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked`);
    // What the dashboard is made of is in what was made of it.
    const isPacked = (path: string) =>
      path.endsWith(".ts") && (!path.startsWith("dashboard/") || path.endsWith(".built.ts"));
    const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" }).filter(isPacked);
    const modules = sources.filter((path) => !path.endsWith(".d.ts")).map((path) => path.slice(0, -3));
    expect(files.map(({ path }) => path).sort()).toEqual(
      [
        ...["CHANGELOG.md", "LICENSE", "PROTOCOL.md", "README.md", "package.json"],
        ...DOCS.map((name) => `docs/${name}.md`),
        ...sources.map((path) => `src/${path}`),
        ...modules.flatMap((path) => [`dist/${path}.js`, `dist/${path}.d.ts`]),
      ].sort(),
    );
    expect(size).toBeLessThan(600_000);
  });
});

describe("installed", () => {
  for (const target of [targets.node, targets.bun, targets.deno, targets["deno-native"]])
    test(`every export is there and works on ${target.name}`, async () => {
      const command = [...startOf(target), join(folder, "every-export.mjs"), target.server];
      await using server = await spawnServer({ command }, { cwd: folder });
      expect((await getJson(server, "/exports")).json).toEqual({
        from: expect.stringMatching(target.runtime === "bun" ? /\/src\/index\.ts$/ : /\/dist\/index\.js$/),
        version: pkg.version,
        codes: CloseCode,
        events: true,
        fault: [expect.stringContaining("limits.topics")],
      });
      expect((await getJson(server, "/live/readyz")).json).toMatchObject({ runtime: target.runtime });
      await using client = await connect(server, { token: await token(), path: "/live/ws" });
      const wanted = ["event:after_backup", "resource-monitor:survival", "task:1"];
      expect(await client.request({ action: "subscribe", topics: wanted })).toMatchObject({
        topics: [{ status: "success" }, { status: "success" }, { status: "error", code: "forbidden" }],
      });
      expect((await client.next(5000)).data).toMatchObject({ process_info: { pid: server.pid } });
      await postJson(server, "/backups", { server_name: "survival" });
      const isEvent = ({ type }: { type?: unknown }) => type === "event";
      expect(await client.nextMatching(isEvent)).toMatchObject({ data: { server_name: "survival" } });
    });

  test("its kit passes a user's tests by each runtime's test runner", () => {
    cpSync(`${ROOT}examples/testing`, folder, { recursive: true });
    const file = "orders.test.js";
    const runners = [
      ["node", "--test", file],
      [BUN, "test", file],
      [DENO, "test", "--allow-env", "--node-modules-dir=manual", file],
    ];
    for (const [command = "", ...args] of runners) {
      const { status, output } = run(command, ...args);
      expect([command, status, status === 0 ? "" : output]).toEqual([command, 0, ""]);
    }
  });

  test("its command runs", () => {
    const main = join(folder, "node_modules/topichub/dist/cli/main.js");
    const starts = [
      ["npx", "--no-install", "topichub"],
      [BUN, "--bun", "run", "topichub"],
      [...DENO_RUN, main],
    ];
    for (const [command = "", ...args] of starts) {
      const { status, stdout } = run(command, ...args, "--version");
      expect([command, status, stdout]).toEqual([command, 0, `${pkg.version}\n`]);
    }
  });
});

// Third parties' types as well: `skipLibCheck` is false.
describe("its types", () => {
  const options = { strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true };
  const language = { target: "ES2023", lib: ["ES2023", "DOM", "DOM.Iterable"] };

  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ])
    for (const runtime of ["node", "bun"])
      test(`compile by ${moduleResolution} resolution, with the types of ${runtime}`, () => {
        const compilerOptions = { ...options, ...language, module, moduleResolution, types: [runtime] };
        const config = { compilerOptions, files: ["core.ts", `${runtime}.ts`] };
        writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
        expect(run("npx", "--no-install", "tsc", "-p", ".")).toMatchObject({ status: 0, output: "" });
        // By Bun's compiler and with its condition too.
        if (runtime === "bun") expect(run(BUN, "check")).toMatchObject({ status: 0 });
      });

  test("compile by Deno", () => {
    const { status, output } = run(DENO, "check", "--quiet", "--node-modules-dir=manual", "deno.ts");
    expect([status, output]).toEqual([0, ""]);
  });
});

// Last, because it takes packages away.
describe("without an optional package it says what to install", () => {
  const message = (error: string) => `${error} => { console.log(error.message); process.exit(7); }`;
  const importing = (module: string) => `import("${module}").catch(${message("(error)")})`;
  const monitoring = `const { TopicHub } = await import("topichub");
const { startResourceMonitor } = await import("topichub/bedrock");
const hub = new TopicHub();
startResourceMonitor(hub, { servers: [], onError: ${message("(error)")} });
hub.listen("resource-monitor:topichub", () => {});`;
  const missing: [name: string, code: string][] = [
    ["pidusage", monitoring],
    ["ws", importing("topichub/node")],
    ["@hono/node-server", importing("topichub/node")],
  ];

  for (const [name, code] of missing)
    test(name, () => {
      rmSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "without.mjs"), `import process from "node:process";\n${code}\n`);
      const starts = [["node"], DENO_RUN, ...(name === "ws" ? [] : [[BUN, "run"]])];
      for (const [command = "", ...args] of starts)
        expect([command, run(command, ...args, "without.mjs")]).toEqual([
          command,
          expect.objectContaining({ status: 7, output: expect.stringContaining(`npm install ${name}`) }),
        ]);
    });

  test("and those are all that are optional", () => {
    const optional: string[] = Object.keys(pkg.peerDependenciesMeta).sort();
    // topichub/node-ws imports nothing of @hono/node-ws: it takes what the app imports.
    expect(optional).toEqual([...missing.map(([name]) => name), "@hono/node-ws"].sort());
  });
});
