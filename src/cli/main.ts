#!/usr/bin/env node
import process from "node:process";
import { VERSION } from "../version.ts";
import { UsageError } from "./arguments.ts";
import { HELP } from "./help.ts";
import { serve } from "./serve.ts";
import { printToken } from "./token.ts";

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = { serve, token: printToken };

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") return print(HELP);
  if (name === "--version" || name === "-v") return print(VERSION);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command)
    throw new UsageError([`Unknown command '${name}': it takes ${Object.keys(COMMANDS).join(" or ")}`]);
  if (args.includes("--help") || args.includes("-h")) return print(HELP);
  return command(args);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const faults = error instanceof UsageError ? error.faults : [String(error)];
  for (const fault of faults) process.stderr.write(`topichub: ${fault}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
