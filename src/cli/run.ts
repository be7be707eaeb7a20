import process from "node:process";
import { printable } from "../protocol/printable.ts";
import { VERSION } from "../version.ts";
import { UsageError } from "./arguments.ts";
import { HELP } from "./help.ts";
import type { Host } from "./host.ts";
import { serve } from "./serve.ts";
import { printToken } from "./token.ts";

const COMMANDS: Record<string, (args: string[], host?: Host) => Promise<void>> = {
  serve,
  token: printToken,
};

/** Runs one command of the program; what is wrong becomes lines on standard error and a status. */
export async function run(args: string[], host?: Host): Promise<void> {
  try {
    await runCommand(args, host);
  } catch (error) {
    const faults =
      error instanceof UsageError ? error.faults : [error instanceof Error ? error.message : String(error)];
    for (const fault of faults) process.stderr.write(`topichub: ${printable(fault)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand([name, ...args]: string[], host?: Host): Promise<void> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") return print(HELP);
  if (name === "--version" || name === "-v") return print(VERSION);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command)
    throw new UsageError([`Unknown command '${name}': it takes ${Object.keys(COMMANDS).join(" or ")}`]);
  if (args.includes("--help") || args.includes("-h")) return print(HELP);
  return command(args, host);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
