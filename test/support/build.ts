// Preloaded by bunfig.toml: what runs under Node runs what stands in src now.
import { spawnSync } from "node:child_process";
import { ROOT } from "./targets.ts";

const { status } = spawnSync("node", [`${ROOT}scripts/build.mjs`], { stdio: "inherit" });
if (status !== 0) throw new Error("the build failed");
