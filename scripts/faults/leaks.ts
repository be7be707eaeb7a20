// What a server keeps of connections, topics and refusals that are over: nothing. Each is done so many times in
// rounds; a line tells what the server holds after each. Ends with status 1 where something grows with them,
// or does not come back. Linux only: it reads /proc.
//   bun scripts/faults/leaks.ts TARGET [N=100000] [ROUNDS=10]

import { measure } from "../leaks/rounds.ts";
import { type Subject, subjects } from "../leaks/subjects.ts";
import { growthLine, headline, lineOf } from "../leaks/table.ts";
import { faultsOf } from "../leaks/verdict.ts";
import { countNamed, targetNamed } from "./arguments.ts";

const target = targetNamed(process.argv[2]);
const count = countNamed("N", process.argv[3], 100_000);
const rounds = countNamed("ROUNDS", process.argv[4], 10);
/** From so many on each has the processors for itself. */
const LONG = 10_000;

/** Prints what became of one subject, and gives its faults. */
async function examine(subject: Subject): Promise<string[]> {
  const lines = [`\n${target.name}: ${Math.round(count * subject.share)} ${subject.name}`, headline];
  const measured = await measure(target, subject, { count, rounds });
  lines.push(lineOf("before", measured.before));
  for (const [round, figures] of measured.rounds.entries()) lines.push(lineOf(String(round + 1), figures));
  console.log([...lines, growthLine(measured)].join("\n"));
  return faultsOf(target, measured).map((fault) => `${subject.name}: ${fault}`);
}

const faults: string[] = [];
if (count < LONG) faults.push(...(await Promise.all(subjects.map(examine))).flat());
else for (const subject of subjects) faults.push(...(await examine(subject)));
for (const fault of faults) console.log(`LEAK: ${fault}`);
console.log(faults.length > 0 ? "BAD" : "good");
process.exit(faults.length > 0 ? 1 : 0);
