import { responseTo } from "../support/http-response.ts";
import { connectRaw, type Parse } from "../support/raw-connection.ts";
import { excerpt, Fault } from "./fault.ts";
import { goodTokens } from "./people.ts";
import { PATIENCE, type Stage } from "./stage.ts";

const AT_ONCE = 16;

/** Sends each request over a connection of its own, and looks at what is answered. */
export async function playHeads(stage: Stage, inputs: readonly Buffer[]): Promise<void> {
  const lines = Array.from({ length: AT_ONCE }, async (_, line) => {
    for (let at = line; at < inputs.length; at += AT_ONCE) {
      const input = inputs[at];
      if (!input) continue;
      try {
        stage.counts.add(`head ${await play(stage, input)}`);
      } catch (error) {
        throw new Fault((error as Error).message, at);
      }
    }
  });
  await Promise.all(lines);
}

/** Gives the status, or that the server closed without one. */
async function play({ server }: Stage, input: Buffer): Promise<string> {
  const connection = await connectRaw(server, PATIENCE);
  try {
    connection.write(input);
    const text = input.toString("latin1");
    // Who sends no more than that has to be answered, or left. Who is to send more never will: then it is the end.
    if (!isComplete(text)) connection.end();
    const answer = await connection.take(answerTo(text), PATIENCE, "a response, or the end");
    if (answer === "dropped") return answer;
    const fault = faultOf(text, answer);
    if (fault) throw new Error(`${fault}: ${answer.status} ${excerpt(answer.body)}`);
    return String(answer.status);
  } finally {
    connection.reset();
  }
}

function isComplete(text: string): boolean {
  return /^[\r\n]*[^\r\n][\s\S]*?\r\n\r\n/.test(text) && !/content-length|transfer-encoding/i.test(text);
}

interface Answer {
  status: number;
  /** Of a stream, nothing. */
  body: string;
  isStream: boolean;
  type: string;
}

/** Takes the head of a stream, and the whole of any other response. */
function answerTo(text: string): Parse<Answer | "dropped"> {
  const [, method = ""] = /^[\r\n]*(\w+)/.exec(text) ?? [];
  const whole = responseTo(method);
  const headOnly = responseTo("HEAD");
  return (bytes, hasEnded) => {
    if (bytes.length === 0) return hasEnded ? { value: "dropped", used: 0 } : undefined;
    const head = headOnly(bytes, hasEnded);
    if (!head) return undefined;
    const { status, headers } = head.value;
    const type = headers.get("content-type") ?? "";
    const isStream = status === 101 || type === "text/event-stream";
    if (isStream) return { value: { status, body: "", isStream, type }, used: bytes.length };
    const found = whole(bytes, hasEnded);
    return found && { value: { status, body: found.value.body, isStream, type }, used: found.used };
  };
}

function faultOf(text: string, { status, body, isStream, type }: Answer): string | undefined {
  // 501 is the answer to what is not offered yet, and 505 a platform's to another version.
  if (status >= 500 && status !== 501 && status !== 505) return "a failure";
  // The last character of a token has bits that are no part of it.
  const hasToken = goodTokens.some((token) => text.includes(token.slice(0, -1)));
  const isForAnyone = /^text\/(html|javascript)/.test(type) || body.includes('"uptime_s"') || body === "";
  if (!hasToken && (isStream || (status === 200 && !isForAnyone))) return "answered without a token";
  return undefined;
}
