// Loaded before a server that is measured, by a flag of its runtime: at SIGUSR2 it collects what nobody holds any more,
// and writes how many bytes are left to the file that COLLECTED names, beside how often it was asked.
import { renameSync, writeFileSync } from "node:fs";
import process from "node:process";

const { COLLECTED } = process.env;
const jsc = globalThis.Bun && (await import("bun:jsc"));
let times = 0;

async function collect() {
  // What only finalizers hold is free after the second time.
  for (let round = 0; round < 2; round++) {
    if (jsc) Bun.gc(true);
    else globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function heldBytes() {
  if (jsc) return jsc.heapStats().heapSize;
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

process.on("SIGUSR2", async () => {
  await collect();
  // Under another name first, so that nobody reads half of it.
  writeFileSync(`${COLLECTED}.new`, JSON.stringify({ times: ++times, bytes: heldBytes() }));
  renameSync(`${COLLECTED}.new`, COLLECTED);
});
