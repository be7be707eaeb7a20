// Pretends to be Mojang's bedrock_server: a process of its own that prints what that one prints, takes commands on
// its standard input, and keeps a world in its working folder. Argument: the version that it says it is.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

const [version = "1.21.100"] = process.argv.slice(2);
const PID_FILE = "bedrock_server.pid";
const START_MS = 300;
const TICK_MS = 50;
const SAVE_MS = 1_000;
const GUESTS = ["Alex", "Steve", "Efe", "Kai", "Makena", "Noor", "Sunny", "Zuri"];

const properties = readProperties();
const level = properties["level-name"] ?? "Bedrock level";
const limit = Number(properties["max-players"] ?? 10);
const world = join("worlds", level);
/** @type {Set<string>} */
const online = new Set();
// About what the chunks round some players take.
const chunks = new Float64Array(1 << 20);
let ticks = 0;
let isSaving = true;
let isStopping = false;

function readProperties() {
  const lines = readFileSync("server.properties", "utf8").split("\n");
  return Object.fromEntries(
    lines.filter((line) => line.includes("=")).map((line) => line.trim().split("=", 2)),
  );
}

/** @param {string} text */
function print(text, level = "INFO") {
  const time = new Date().toISOString().replace("T", " ").replace(".", ":").slice(0, 23);
  process.stdout.write(`[${time} ${level}] ${text}\n`);
}

function generateWorld() {
  if (existsSync(world)) return;
  mkdirSync(join(world, "db"), { recursive: true });
  writeFileSync(join(world, "levelname.txt"), level);
  writeFileSync(join(world, "db", "CURRENT"), "MANIFEST-000001\n");
  for (let table = 1; table <= 6; table++) {
    const bytes = Uint8Array.from({ length: 65_536 }, (_, at) => (at * table) % 251);
    writeFileSync(join(world, "db", `${String(table).padStart(6, "0")}.ldb`), bytes);
  }
}

function save() {
  if (isSaving) writeFileSync(join(world, "level.dat"), JSON.stringify({ ticks, players: [...online] }));
}

function tick() {
  ticks++;
  for (let at = ticks % 4; at < chunks.length; at += 4) chunks[at] = Math.sqrt(ticks + at);
}

/** @param {string} name */
function xuidOf(name) {
  const digits = [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 1e11, 7);
  return `25354${String(digits).padStart(11, "0")}`;
}

/** @param {string} name */
function isAllowed(name) {
  /** @type {{ name: string }[]} */
  const list = JSON.parse(readFileSync("allowlist.json", "utf8"));
  // The real one would let nobody in by an empty list.
  return list.length === 0 || list.some((entry) => entry.name === name);
}

/** @param {string} name */
function enter(name) {
  if (online.size >= limit || !isAllowed(name)) return;
  online.add(name);
  print(`Player connected: ${name}, xuid: ${xuidOf(name)}`);
  print(`Player Spawned: ${name} xuid: ${xuidOf(name)}, pfid: ${xuidOf(name).slice(5)}`);
}

/** @param {string} name */
function leave(name) {
  online.delete(name);
  print(`Player disconnected: ${name}, xuid: ${xuidOf(name)}, pfid: ${xuidOf(name).slice(5)}`);
}

function comeOrGo() {
  const guest = GUESTS[Math.floor(Math.random() * GUESTS.length)] ?? "Alex";
  if (online.has(guest)) leave(guest);
  else enter(guest);
  setTimeout(comeOrGo, 1_000 + Math.random() * 4_000);
}

/** @type {Record<string, (rest: string) => void>} */
const COMMANDS = {
  list() {
    print(`There are ${online.size}/${limit} players online:`);
    print([...online].join(", "));
  },
  say: (text) => print(`[Server] ${text}`),
  save(what) {
    if (what === "hold") {
      save();
      isSaving = false;
      print("Saving...");
    } else if (what === "resume") {
      isSaving = true;
      print("Changes to the world are resumed.");
    } else if (isSaving) print("A previous save has not been completed.", "ERROR");
    else print("Data saved. Files are now ready to be copied.");
  },
  allowlist(what) {
    if (what !== "reload") return print(`Syntax error: Unexpected "${what}"`, "ERROR");
    print("Allow list reloaded from file.");
    for (const name of online) if (!isAllowed(name)) leave(name);
  },
  stop,
};

/** @param {string} line */
function obey(line) {
  const [name = "", ...rest] = line.trim().split(/\s+/);
  if (name === "") return;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command(rest.join(" "));
  print(`Unknown command: ${name}. Please check that the command exists and that you may use it.`, "ERROR");
}

function stop() {
  if (isStopping) return;
  isStopping = true;
  print("Server stop requested.");
  for (const name of online) leave(name);
  if (existsSync(world)) save();
  print("Stopping server...");
  rmSync(PID_FILE, { force: true });
  print("Quit correctly");
  process.exit(0);
}

function started() {
  generateWorld();
  print(`IPv4 supported, port: ${properties["server-port"]}: Used for gameplay and LAN discovery`);
  print("Server started.");
  setInterval(tick, TICK_MS);
  setInterval(save, SAVE_MS);
  setTimeout(comeOrGo, 500);
}

writeFileSync(PID_FILE, `${process.pid}\n`);
process.on("SIGTERM", stop);
// Ctrl-C reaches every process of the terminal; this one is stopped by whoever started it.
process.on("SIGINT", () => {});
// The end of the input is the end of whoever started it: without them nobody could stop it.
createInterface({ input: process.stdin }).on("line", obey).on("close", stop);
print("Starting Server");
print(`Version: ${version}`);
print(`Level Name: ${level}`);
print("Game mode: 0 Survival");
print("Difficulty: 1 EASY");
print(`Opening level '${world}/db'`);
setTimeout(started, START_MS);
