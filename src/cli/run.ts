import process from "node:process";
import { nearest } from "../bedrock/nearest.ts";
import { VERSION } from "../version.ts";
import { UsageError } from "./arguments.ts";
import { HELP, PAGES } from "./help.ts";
import type { Host } from "./host.ts";
import { tell } from "./tell.ts";

type Command = (args: string[], host?: Host) => Promise<void>;

/** Each is loaded where it is asked for: a client needs nothing of the server. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  serve: async () => (await import("./serve.ts")).serve,
  token: async () => (await import("./token.ts")).printToken,
  subscribe: async () => (await import("./subscribe.ts")).subscribe,
  publish: async () => (await import("./publish.ts")).publish,
};

/** Runs one command of the program; what is wrong becomes lines on standard error and a status. */
export async function run(args: string[], host?: Host): Promise<void> {
  try {
    await runCommand(args, host);
  } catch (error) {
    const faults =
      error instanceof UsageError ? error.faults : [error instanceof Error ? error.message : String(error)];
    for (const fault of faults) tell(fault);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand([name, ...args]: string[], host?: Host): Promise<void> {
  const isHelp = (arg: string) => arg === "--help" || arg === "-h";
  if (name === undefined || isHelp(name) || name === "help") return print(pageOf(args[0]));
  if (name === "--version" || name === "-v") return print(VERSION);
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) throw new UsageError([unknownCommand(name)]);
  // What stands behind it is no flag.
  const end = args.indexOf("--");
  if (args.slice(0, end < 0 ? args.length : end).some(isHelp)) return print(pageOf(name));
  const command = await load();
  return command(args, host);
}

function unknownCommand(name: string): string {
  const names = Object.keys(COMMANDS);
  const [meant] = nearest(name, names);
  const takes = `it takes ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return `Unknown command '${name}': ${meant === undefined ? takes : `is it ${meant}?`}`;
}

function pageOf(name = ""): string {
  return (Object.hasOwn(PAGES, name) ? PAGES[name] : undefined) ?? HELP;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
