// Preloaded by bunfig.toml: what runs under Node runs what stands in src now.
import { setDefaultTimeout } from "bun:test";
import { spawnSync } from "node:child_process";
import { ROOT } from "./targets.ts";

// Longer than every deadline within a test, so that it is the deadline that says what was missing.
setDefaultTimeout(20_000);

const { status } = spawnSync("node", [`${ROOT}scripts/build.mjs`], { stdio: "inherit" });
if (status !== 0) throw new Error("the build failed");
