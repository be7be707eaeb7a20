import { bun, listen } from "topichub/bun";
import { run } from "./run.mjs";

await run({ runtime: bun, listen });
