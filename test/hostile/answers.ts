import { expect } from "bun:test";
import { isLate } from "../support/deadline.ts";
import { type RawResponse, responseTo } from "../support/http-response.ts";
import { type At, type Bytes, connectRaw, type Parse } from "../support/raw-connection.ts";

const ANSWER_MS = 5000;
const MORE_MS = 400;
const AT_ONCE = 16;

/** What came back on one connection. */
export interface Answers {
  responses: RawResponse[];
  /** Their statuses and, where the server closed behind them, `closed`. */
  fate: string;
}

/** Bytes under a name, and what may become of them: refused, and nothing else, unless told. */
export type Case = readonly [name: string, bytes: Bytes, fate?: RegExp];

// 505 is for what stands where a version should. RFC 9110, section 15.6.6.
const REFUSED = /^((4\d\d|505)( closed)?|closed)$/;

const responseOrEnd: Parse<RawResponse | "closed"> = (bytes, hasEnded) =>
  hasEnded && bytes.length === 0 ? { value: "closed", used: 0 } : responseTo("GET")(bytes, hasEnded);

/**
 * Sends bytes, and takes the first answer, or every one. Rejects where what comes is no HTTP, or where nothing comes.
 */
export async function answersTo(at: At, bytes: Bytes, { readsOn = false } = {}): Promise<Answers> {
  const connection = await connectRaw(at);
  const responses: RawResponse[] = [];
  const fate: unknown[] = [];
  try {
    connection.write(bytes);
    do {
      const ms = responses.length === 0 ? ANSWER_MS : MORE_MS;
      const next = await connection.take(responseOrEnd, ms, "an answer");
      fate.push(next === "closed" ? next : next.status);
      if (next === "closed") break;
      responses.push(next);
      // What follows a 101 is no HTTP any more.
    } while (readsOn && responses.at(-1)?.status !== 101);
  } catch (error) {
    if (responses.length === 0 || !isLate(error)) throw error;
  } finally {
    connection.reset();
  }
  return { responses, fate: fate.join(" ") };
}

/** Sends each case on a connection of its own, and names those that met another fate. */
export async function expectFates(
  at: At,
  cases: readonly Case[],
  { readsOn = false, isFine = () => true }: { readsOn?: boolean; isFine?(answers: Answers): boolean } = {},
): Promise<void> {
  const jobs = cases.map(([name, bytes, allowed = REFUSED]) => async () => {
    try {
      const answers = await answersTo(at, bytes, { readsOn });
      return allowed.test(answers.fate) && isFine(answers) ? [] : [`${name}: ${answers.fate}`];
    } catch (error) {
      return [`${name}: ${error}`];
    }
  });
  const wrong: string[] = [];
  const work = async () => {
    for (let job = jobs.pop(); job; job = jobs.pop()) wrong.push(...(await job()));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(wrong.sort()).toEqual([]);
}
