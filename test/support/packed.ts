import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { scratchFolder } from "./guard.ts";
import { ROOT, type Target } from "./targets.ts";

export const BUN = `${ROOT}node_modules/.bin/bun`;
export const DENO = `${ROOT}node_modules/deno/deno`;
/** Offline and without our own deno.json, as in a project that npm has installed. */
export const DENO_RUN = [DENO, "run", "--allow-all", "--node-modules-dir=manual"];

/** Starts a file of a project that is not ours. */
export const startOf = ({ runtime, script }: Target) =>
  runtime === "deno" ? DENO_RUN : script("").slice(0, -1);

/** The versions of these that our own tests have. */
export const pinned = (...names: (keyof typeof pkg.devDependencies)[]) =>
  names.map((name) => `${name}@${pkg.devDependencies[name]}`);

/** What npm says of a package that it packed; sizes in bytes. */
export interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

/** Packs the package as it would be published. */
export function packInto(folder: string): Packed {
  const pack = ["pack", "--json", "--silent", "--pack-destination", folder];
  const [packed]: Packed[] = JSON.parse(spawnSync("npm", pack, { cwd: ROOT, encoding: "utf8" }).stdout);
  if (!packed) throw new Error("npm packed nothing");
  return packed;
}

/** An otherwise empty project that has installed the package as it would be published. */
export interface Project {
  folder: string;
  packed: Packed;
  run(command: string, ...args: string[]): { status: number | null; stdout: string; output: string };
}

/**
 * Makes such a project, with the files of test/system/consumer in it.
 * @param packages What it has installed besides.
 */
export function installPacked(...packages: string[]): Project {
  const folder = scratchFolder();
  const packed = packInto(folder);
  writeFileSync(join(folder, "package.json"), '{"name":"an-api","private":true,"type":"module"}');
  cpSync(`${ROOT}test/system/consumer`, folder, { recursive: true });
  const run: Project["run"] = (command, ...args) => {
    const { status, stderr, stdout } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
    return { status, stdout, output: stdout + stderr };
  };
  const flags = ["--no-audit", "--no-fund", join(folder, packed.filename)];
  const { status, output } = run("npm", "install", ...flags, ...packages);
  if (status !== 0) throw new Error(output);
  return { folder, packed, run };
}
