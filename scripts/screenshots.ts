// Makes the pictures of the README: starts the program with real processes to watch, publishes what a server's day has,
// and has a real browser look at the dashboard for a minute.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { connect } from "../test/support/client.ts";
import { postJson } from "../test/support/http.ts";
import { type Server, spawnServer } from "../test/support/spawn-server.ts";
import { targets } from "../test/support/targets.ts";
import { token } from "../test/support/token.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const LOOK_MS = 65_000;
const SHOTS = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 880 }, deviceScaleFactor: 1 },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 880 }, deviceScaleFactor: 1 },
  { name: "phone", colorScheme: "dark", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
] as const;

const folder = mkdtempSync(join(tmpdir(), "topichub-screenshots-"));
const workers: ChildProcess[] = [];
try {
  const watched = [startWorker("survival", 1.4), startWorker("creative", 0.6)];
  const lobby = { name: "lobby", pid_file: join(folder, "lobby.pid") };
  const config = { servers: [...watched, lobby], monitor: { interval_ms: 1000 } };
  await using server = await spawnServer(targets.bun, { config });
  await using guest = await connect(server, { token: await token({ sub: "steve" }) });
  await guest.request({ action: "subscribe", topics: ["event:*", "order:1042"] });
  const producing = setInterval(() => void produce(server), 280);
  await take(server);
  clearInterval(producing);
} finally {
  for (const worker of workers) worker.kill();
  rmSync(folder, { recursive: true });
}

function startWorker(name: string, weight: number): object {
  const log = join(folder, `${name}.log`);
  writeFileSync(log, "");
  const worker = spawn("node", [`${root}scripts/screenshots/worker.mjs`, log, String(weight)], {
    stdio: "ignore",
  });
  workers.push(worker);
  return { name, pid: worker.pid, log_file: log };
}

async function produce(server: Server): Promise<void> {
  const one = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)];
  const server_name = one(["survival", "creative"]);
  const player = one(["Alex", "Steve", "Maren", "Jeb"]);
  const body = one([
    { topic: "event:player_join", data: { server_name, player } },
    { topic: "event:player_join", data: { server_name, player } },
    { topic: "event:player_leave", data: { server_name, player, reason: "disconnected" } },
    { topic: "event:before_backup", data: { server_name } },
    { topic: "event:after_backup", data: { server_name, result: { files: 11 } } },
    { topic: "event:after_world_export", data: { server_name, file: "world.mcworld" } },
    { topic: "order:1042", data: { state: one(["paid", "packed", "shipped"]), total: 42.5 }, type: "order" },
    { topic: "chat:lobby", data: { from: player, text: "gg" }, type: "chat" },
  ]);
  await postJson(server, "/publish", body, { token: await token({ sub: "agent" }) });
}

async function take(server: Server): Promise<void> {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  const url = `${server.url}/#token=${await token({ admin: true })}`;
  const pages = await Promise.all(
    SHOTS.map(async ({ name, ...options }) => {
      const page = await (await browser.newContext({ ...options, reducedMotion: "reduce" })).newPage();
      await page.goto(url);
      return { name, page };
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  mkdirSync(`${root}docs/images`, { recursive: true });
  for (const { name, page } of pages) {
    const path = `${root}docs/images/dashboard-${name}.png`;
    await page.screenshot({ path });
    console.log(`${path}: ${Math.round(statSync(path).size / 1000)} kB`);
  }
  await browser.close();
}
