// What a server keeps of connections, topics and refusals that are over: nothing. Each is done so many times in
// rounds, after each of which a line tells what the server holds. Ends with status 1 where something grows with them,
// or does not come back. Linux only: it reads /proc.
//   bun scripts/faults/leaks.ts TARGET [N=100000] [ROUNDS=10]

import { measure } from "../leaks/rounds.ts";
import { subjects } from "../leaks/subjects.ts";
import { growthLine, headline, lineOf } from "../leaks/table.ts";
import { faultsOf } from "../leaks/verdict.ts";
import { countNamed, targetNamed } from "./arguments.ts";

const target = targetNamed(process.argv[2]);
const count = countNamed("N", process.argv[3], 100_000);
const rounds = countNamed("ROUNDS", process.argv[4], 10);
const faults: string[] = [];
for (const subject of subjects) {
  console.log(`\n${target.name}: ${Math.round(count * subject.share)} ${subject.name}\n${headline}`);
  const measured = await measure(target, subject, { count, rounds }, (figures, round) =>
    console.log(lineOf(String(round + 1), figures)),
  );
  console.log(lineOf("before", measured.before));
  console.log(growthLine(measured));
  for (const fault of faultsOf(target, measured)) faults.push(`${subject.name}: ${fault}`);
}
for (const fault of faults) console.log(`LEAK: ${fault}`);
console.log(faults.length > 0 ? "BAD" : "good");
process.exit(faults.length > 0 ? 1 : 0);
