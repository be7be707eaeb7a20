// Builds dist from src with the compiler: one module for one module, with their types. Files that come out as
// they were are left alone, so that whoever runs them while somebody builds again sees no gap.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin",
  "tsc",
);
const built = mkdtempSync(join(root, "node_modules", ".topichub-build-"));
try {
  const { status } = spawnSync(
    process.execPath,
    [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", built],
    { stdio: "inherit" },
  );
  if (status !== 0) process.exit(status ?? 1);
  const files = filesIn(built);
  for (const file of files) replace(join(built, file), join(dist, file));
  for (const file of filesIn(dist)) if (!files.includes(file)) rmSync(join(dist, file));
} finally {
  rmSync(built, { recursive: true, force: true });
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
}

function replace(from, to) {
  if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}
