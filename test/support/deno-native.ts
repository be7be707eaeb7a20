// The program on Deno's own server, as an app on `Deno.serve` would have it.
import { run } from "../../src/cli/run.ts";
import { deno, listen } from "../../src/runtime/deno.ts";
import { denoWriteLine } from "../../src/runtime/deno-write-line.ts";

await run(Deno.args, {
  runtime: deno,
  listen: (app, options) => listen(app.fetch, options),
  writeLine: denoWriteLine(),
  printLine: denoWriteLine("stdout"),
});
