// Builds dist from src with the compiler: one module for one module, with their types. Files that come out as
// they were are left alone, so that whoever runs them while somebody builds again sees no gap; and where nothing has
// changed since the last time, all of them are.
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
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin",
  "tsc",
);
const FRESH = ".new";
const record = join(root, "node_modules", ".topichub-built.json");
if (isBuilt()) process.exit(0);
const made = madeOf();
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
  const isOld = (file) => !files.includes(file) && !file.endsWith(FRESH);
  for (const file of filesIn(dist).filter(isOld)) rmSync(join(dist, file), { force: true });
  place(record, (fresh) => writeFileSync(fresh, JSON.stringify({ made, files })));
} finally {
  rmSync(built, { recursive: true, force: true });
}

/** What a build is made of, as it is now: each file with its size and the time of its last change. */
function madeOf() {
  const sources = filesIn(join(root, "src")).map((file) => join("src", file));
  const others = ["tsconfig.json", "tsconfig.build.json", relative(root, compiler)];
  return [...sources, ...others].map((file) => {
    const { size, mtimeMs } = statSync(join(root, file));
    return [file, size, mtimeMs];
  });
}

function isBuilt() {
  if (!existsSync(record)) return false;
  const { made, files } = JSON.parse(readFileSync(record, "utf8"));
  return (
    JSON.stringify(made) === JSON.stringify(madeOf()) && files.every((file) => existsSync(join(dist, file)))
  );
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
  place(to, (fresh) => copyFileSync(from, fresh));
}

/** Puts a file in its place at once, whole; under a name of this process until then, since others may build as well. */
function place(path, write) {
  const fresh = `${path}.${process.pid}${FRESH}`;
  write(fresh);
  renameSync(fresh, path);
}
