import { deno, listen } from "topichub/deno";
import { run } from "./run.mjs";

await run({ runtime: deno, listen });
