import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./targets.ts";

const FOLDER = `${ROOT}test/node-v1/`;
/** Says in node_modules what stands there. */
const MARK = "node_modules/.installed.json";

/**
 * Installs what test/node-v1 needs, which the project itself cannot have beside version 2, unless it is there.
 * hono it leaves out: that is the project's own, found further up.
 */
export function installNodeV1(): void {
  const wanted = readFileSync(`${FOLDER}package.json`, "utf8");
  const isThere = () => existsSync(FOLDER + MARK) && readFileSync(FOLDER + MARK, "utf8") === wanted;
  if (isThere()) return;
  const fresh = mkdtempSync(`${FOLDER}.install-`);
  try {
    cpSync(`${FOLDER}package.json`, join(fresh, "package.json"));
    install(fresh);
    cpSync(`${FOLDER}package.json`, join(fresh, MARK));
    // Another process may have been faster.
    if (isThere()) return;
    rmSync(`${FOLDER}node_modules`, { recursive: true, force: true });
    renameSync(join(fresh, "node_modules"), `${FOLDER}node_modules`);
  } catch (error) {
    if (!isThere()) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function install(cwd: string): void {
  const args = ["install", "--omit=peer", "--ignore-scripts"];
  // Where there is no npm, this runs under Bun.
  const { error, status } = spawnSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    stdio: "inherit",
  });
  const isInstalled = error
    ? spawnSync(process.execPath, args, { cwd, stdio: "inherit" }).status === 0
    : status === 0;
  if (!isInstalled) throw new Error("test/node-v1/package.json could not be installed");
}
