import type { Client } from "../../test/support/client.ts";
import { eventually } from "../../test/support/deadline.ts";
import type { Target } from "../../test/support/targets.ts";
import { token } from "../../test/support/token.ts";
import { later } from "./churn.ts";
import { comesBack, countsOf, type Figures, figuresOf } from "./figures.ts";
import { many } from "./pool.ts";
import { holdOne, type Subject } from "./subjects.ts";

export interface Measured {
  /** Before the first round. */
  before: Figures;
  /** After each round. */
  rounds: Figures[];
  /** How many of what is counted a round has. */
  each: number;
}

// Bun keeps a socket that its peer keeps for 16 s, and a place that nobody came to is kept for 10 s.
const BACK_MS = 25_000;
// Until short histories have expired; Deno's own server lets go of a connection after the heartbeat's times only.
const SETTLE_MS = { terminating: 1200, other: 4500 };

/** Does to a server what its subject is, in rounds. */
export async function measure(
  target: Target,
  subject: Subject,
  { count, rounds }: { count: number; rounds: number },
): Promise<Measured> {
  const measured = await subject.start(target);
  await using _ = measured.server;
  const operator = await token({ sub: "operator", admin: true, exp: later() });
  const at = { ...measured, prefix: subject.prefix, operator };
  const hold = (user: string) => holdOne(measured, subject.prefix, user);
  const canary = await hold("canary");
  const lives = Object.values(await subject.begin(measured, hold));

  const settleMs = SETTLE_MS[target.capabilities.terminates ? "terminating" : "other"];
  await countsOf(at);
  const before = await figuresOf(at);
  const found: Figures[] = [];
  const each = Math.max(1, Math.round((count * subject.share) / rounds / subject.each));
  for (let round = 0; round < rounds; round++) {
    await many(each, async (number) => lives[number % lives.length]?.(measured.server, number));
    await eventually(() => comesBack(target, at, before), BACK_MS, "what was before").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    await expectHeard(canary);
    found.push(await figuresOf(at));
  }
  return { before, rounds: found, each: each * subject.each };
}

/** Throws where who was there all the time is not any more, unless its turn in a stop has come. */
async function expectHeard(canary: Client): Promise<void> {
  const closed = canary.closed.then(({ code }) => code);
  const answer = canary.request({ action: "ping" }, 10_000).then(({ message }) => message);
  const outcome = await Promise.race([closed, answer.catch(() => closed)]);
  if (outcome !== "pong" && outcome !== 1012) throw new Error(`the canary got ${outcome}`);
}
