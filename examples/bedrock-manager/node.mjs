import { listen, node } from "topichub/node";
import { run } from "./run.mjs";

await run({ runtime: node, listen });
