// Preloaded by bunfig.toml: what runs under Node runs what stands in src now.
import { spawnSync } from "node:child_process";
import { installNodeV1 } from "./node-v1.ts";
import { ROOT } from "./targets.ts";

installNodeV1();

const { status } = spawnSync("node", [`${ROOT}scripts/build.mjs`], { stdio: "inherit" });
if (status !== 0) throw new Error("the build failed");
