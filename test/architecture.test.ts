import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import deno from "../deno.json" with { type: "json" };
import pkg from "../package.json" with { type: "json" };
import { VERSION } from "../src/version.ts";
import tsconfig from "../tsconfig.json" with { type: "json" };
import { ROOT } from "./support/targets.ts";

/** Each room of src, and those whose files it may import beside its own. */
const ROOMS: Record<string, readonly string[]> = {
  protocol: [],
  hub: ["protocol"],
  broker: ["protocol", "hub"],
  auth: ["protocol", "hub"],
  bedrock: ["protocol", "hub"],
  routes: ["protocol", "hub", "broker", "auth", "bedrock"],
  runtime: ["protocol", "hub", "broker", "auth", "bedrock", "routes"],
  client: ["protocol"],
  dashboard: ["protocol", "client"],
  testing: ["protocol", "hub", "routes"],
  cli: ["protocol", "hub", "broker", "auth", "bedrock", "routes", "runtime", "client"],
};

/** Imports that go against that, each with its reason. */
const EXCEPTIONS: Record<string, string> = {
  "hub/topic-hub.ts -> broker/memory.ts": "a hub that is given no broker has the one of its own process",
  "routes/page.ts -> dashboard/page.built.ts": "what browsers get is text, and loaded once it is asked for",
  "routes/client-module.ts -> client/client.built.ts": "the same",
};

/** The only packages that a room may import, where it may not import any. */
const PACKAGES: Record<string, readonly string[]> = {
  protocol: ["valibot"],
  hub: ["valibot"],
  client: [],
  dashboard: ["uplot"],
  testing: ["hono"],
};

/** Rooms that know no runtime, so none of its modules either. */
const WITHOUT_RUNTIME = ["protocol", "hub", "broker", "auth", "routes", "client", "dashboard", "testing"];

/** Outside the rooms: the public surface, which nobody imports, and what anybody may, the version and how parts are named. */
const [SURFACE, OUTSIDE] = ["index.ts", ["index.ts", "version.ts", "config-sections.ts"]];

const roomOf = (path: string) => path.slice(0, path.indexOf("/"));

/** Why a file of a room may not import a specifier; undefined where it may. */
function importFault(file: string, specifier: string): string | undefined {
  const room = roomOf(file);
  if (!specifier.startsWith(".")) return packageFault(room, specifier);
  const target = normalize(join(dirname(file), specifier));
  if (target === SURFACE) return "nobody imports the public surface";
  if (OUTSIDE.includes(target) || roomOf(target) === room) return undefined;
  if (`${file} -> ${target}` in EXCEPTIONS) return undefined;
  return ROOMS[room]?.includes(roomOf(target)) ? undefined : `${room} may not import ${roomOf(target)}`;
}

function packageFault(room: string, specifier: string): string | undefined {
  const isOfRuntime =
    /^(node:|bun$|bun:|npm:|jsr:|https?:|ws$|@hono\/node-(server|ws)|hono\/(bun|deno)$)/.test(specifier);
  if (isOfRuntime && WITHOUT_RUNTIME.includes(room)) return `${room} knows no runtime`;
  if (PACKAGES[room] && !PACKAGES[room].includes(specifier)) return `${room} takes ${PACKAGES[room]} only`;
  return undefined;
}

/** What a source imports or re-exports, types too. */
function importsOf(source: string): string[] {
  const statements = source.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|^import "([^"]+)"/gm);
  const calls = source.matchAll(/\bimport\("([^"]+)"\)/g);
  return [...statements, ...calls].map(([, from, bare]) => from ?? bare ?? "");
}

const SRC = join(ROOT, "src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".built.ts") && !OUTSIDE.includes(path))
  .sort();
const sourceOf = (file: string) => readFileSync(join(SRC, file), "utf8");

describe("imports point one way", () => {
  test("in every file", () => {
    expect(files.length).toBeGreaterThan(50);
    const found = files.flatMap((file) =>
      importsOf(sourceOf(file)).flatMap((specifier) => {
        const fault = importFault(file, specifier);
        return fault ? [`${file} -> ${specifier}: ${fault}`] : [];
      }),
    );
    expect(found).toEqual([]);
  });

  test("and every file is in a room that is known", () => {
    expect(files.filter((file) => !Object.hasOwn(ROOMS, roomOf(file)))).toEqual([]);
  });

  test("and every exception is needed", () => {
    const all = files.flatMap((file) =>
      importsOf(sourceOf(file)).map((specifier) => `${file} -> ${normalize(join(dirname(file), specifier))}`),
    );
    expect(Object.keys(EXCEPTIONS).filter((exception) => !all.includes(exception))).toEqual([]);
  });

  test("and none is overlooked", () => {
    // Whatever looks like one, in code or not, must be among those that were read.
    const seen = files.flatMap((file) => importsOf(sourceOf(file)));
    const alike = files.flatMap(
      (file) => sourceOf(file).match(/\bfrom\s+['"`]|\bimport\s*\((?!\))|\brequire\s*\(/g) ?? [],
    );
    expect(seen).toHaveLength(alike.length);
  });
});

describe("the rules", () => {
  const wrong: [file: string, specifier: string][] = [
    ["protocol/decode.ts", "../hub/session.ts"],
    ["protocol/decode.ts", "hono"],
    ["protocol/decode.ts", "node:util"],
    ["hub/session.ts", "../broker/memory.ts"],
    ["hub/session.ts", "../auth/grants.ts"],
    ["hub/topic-hub.ts", "../bedrock/events.ts"],
    ["hub/session.ts", "hono/jwt"],
    ["auth/grants.ts", "../broker/memory.ts"],
    ["auth/grants.ts", "../bedrock/config.ts"],
    ["bedrock/config.ts", "../auth/grants.ts"],
    ["broker/memory.ts", "../routes/config.ts"],
    ["broker/memory.ts", "node:events"],
    ["routes/ws.ts", "../runtime/node.ts"],
    ["routes/ws.ts", "../cli/log.ts"],
    ["routes/page.ts", "../dashboard/main.ts"],
    ["routes/ws.ts", "../client/client.built.ts"],
    ["dashboard/main.ts", "../hub/envelope.ts"],
    ["dashboard/main.ts", "../routes/lists.ts"],
    ["dashboard/main.ts", "hono"],
    ["routes/ws.ts", "node:http"],
    ["routes/ws.ts", "hono/bun"],
    ["runtime/node.ts", "../cli/log.ts"],
    ["testing/test-network.ts", "../runtime/node.ts"],
    ["testing/test-network.ts", "hono/bun"],
    ["cli/main.ts", "../index.ts"],
  ];
  test.each(wrong)("refuse %s -> %s", (file, specifier) => {
    expect(importFault(file, specifier)).toBeString();
  });

  const right: [file: string, specifier: string][] = [
    ["protocol/decode.ts", "./json.ts"],
    ["protocol/decode.ts", "valibot"],
    ["hub/topic-hub.ts", "../broker/memory.ts"],
    ["routes/health.ts", "../version.ts"],
    ["routes/config.ts", "../bedrock/config.ts"],
    ["runtime/node.ts", "node:http"],
    ["cli/main.ts", "../protocol/topic.ts"],
    ["dashboard/chart.ts", "uplot"],
    ["dashboard/session.ts", "../client/index.ts"],
  ];
  test.each(right)("let %s -> %s pass", (file, specifier) => {
    expect(importFault(file, specifier)).toBeUndefined();
  });

  test("read every form of import", () => {
    const source = `import a from "1";\nimport type { b } from "2";\nimport {\n  c,\n} from "3";\nimport "4";
export * from "5";\nexport type { d } from "6";\nexport const e = () => import("7");\nexport const f = 1;\n`;
    expect(importsOf(source).sort()).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  });
});

test("the hub names nothing of the domain", () => {
  const domain = /bedrock|resource-monitor|(resource|task|log)_update|(server|app)_log|["'`](event|task):/i;
  const found = files.filter((file) => ["protocol", "hub", "broker"].includes(roomOf(file)));
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((file) => domain.test(sourceOf(file)))).toEqual([]);
});

test("the core compiles without any runtime's types", () => {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", join(ROOT, "tsconfig.core.json")];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
}, 60_000);

describe("lists that must agree", () => {
  test("the version is the package's", () => {
    expect(VERSION).toBe(pkg.version);
  });

  test("package.json exports what deno.json imports and tsconfig.json finds, from the same files", () => {
    const built = (path: string) => path.replace(/^\.\/dist\//, "./src/").replace(/(\.d\.ts|\.js)$/, ".ts");
    const { "./package.json": _, ...modules } = pkg.exports;
    const exported = Object.entries(modules).map(([name, conditions]) => {
      const sources = new Set(Object.values(conditions).map(built));
      return [`topichub${name.slice(1)}`, [...sources].join(" or ")];
    });
    const imported = Object.entries(deno.imports).filter(([name]) => /^topichub(\/|$)/.test(name));
    expect(Object.fromEntries(exported)).toEqual(Object.fromEntries(imported));
    const paths = Object.entries(tsconfig.compilerOptions.paths).map(([name, [file]]) => [name, file]);
    expect(Object.fromEntries(paths)).toEqual(Object.fromEntries(imported));
    expect(
      exported.every(([, file]) => files.concat(OUTSIDE).includes(file?.slice("./src/".length) ?? "")),
    ).toBe(true);
  });
});
