// A process to look at: it works in waves, takes memory and gives it back, and writes the log that it is told to.
import { appendFileSync } from "node:fs";

const [log = "", weight = "1"] = process.argv.slice(2);
const LINES = [
  "INFO] Player connected: Alex, xuid: 2535416409681153",
  "INFO] Running AutoCompaction...",
  "WARN] Can't keep up! Is the server overloaded?",
  "INFO] Player disconnected: Steve, xuid: 2535416409681154",
  "INFO] Saving...",
  "ERROR] Cannot read pack manifest: resource_packs/vanilla",
];
const held = [];
let turn = 0;

setInterval(() => {
  const wave = 0.55 + Math.sin(Date.now() / 4000 + weight.length) / 3 + Math.random() / 4;
  const until = performance.now() + 45 * Number(weight) * wave;
  while (performance.now() < until) Math.sqrt(Math.random());
  if (turn % 9 === 0) held.push(Buffer.alloc(1_500_000, 1));
  if (turn % 90 === 89) held.splice(0, 6);
  if (turn++ % 12 === 0) {
    const time = new Date().toISOString().replace("T", " ").slice(0, 23);
    appendFileSync(log, `[${time} ${LINES[Math.floor(Math.random() * LINES.length)]}\n`);
  }
}, 100);
