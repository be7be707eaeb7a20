import process from "node:process";
import { printable } from "../protocol/printable.ts";

// What has the form of a token may be one, wherever it comes from.
const TOKEN = /\beyJ[\w-]*\.[\w-]+\.[\w-]*/g;

/** Writes one line to standard error; a token is never in it. */
export function tell(line: string): void {
  process.stderr.write(`topichub: ${printable(line.replace(TOKEN, "<token>"))}\n`);
}
