// A producer of soak.ts, in a process of its own so that it can be killed at any moment. What it is about to publish and
// what became of it stands in its journal before anything else happens; begun again, it repeats under the same
// idempotency key what it does not know the outcome of. Ends at SIGTERM, after the
// publication at hand, from the moment on in which it says that it is ready.
// Arguments: URL, its name, http | websocket | storm, journal, seed.
import { appendFileSync, readFileSync } from "node:fs";
import { type Client, connect, type Message } from "../../test/support/client.ts";
import { postJson } from "../../test/support/http.ts";
import { Random } from "../../test/support/random.ts";
import { token } from "../../test/support/token.ts";
import { later } from "../leaks/churn.ts";
import type { SoakData } from "./mark.ts";
import { TOPICS } from "./setting.ts";

/** A line of the journal: a publication that is begun, or what it came to. */
export interface Entry {
  key: string;
  begun?: { topic: string; data: SoakData }[];
  published?: { topic: string; offset: number }[];
}

type Messages = NonNullable<Entry["begun"]>;

const [url = "", name = "", kind = "http", journal = "", seed = "1"] = process.argv.slice(2);
const random = new Random(Number(seed));
const FILLING = 60_000;
const NEW_TOPIC_MS = 5000;
const ASK_MS = 3000;

let isOver = false;
process.on("SIGTERM", () => {
  isOver = true;
});
console.log("ready");

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const bearer = await token({ sub: name, exp: later() });
let client: Client | undefined;

/** What came of a request: positions; undefined where nobody knows, or where it is to be made again. */
async function overHttp(key: string, messages: Messages): Promise<Message[] | undefined> {
  const options = { token: bearer, ms: ASK_MS, headers: { "idempotency-key": key } };
  const answer = await postJson(url, "/publish", { messages }, options).catch(() => undefined);
  if (!answer) return undefined;
  if (answer.status === 200) return answer.json.published as Message[];
  // Node answers the half of a request by itself.
  const isHalf = answer.status === 400 && !answer.headers.has("x-topichub-error");
  if (isHalf || [408, 409, 503].includes(answer.status)) return undefined;
  throw new Error(`a batch was answered ${answer.status}: ${answer.text}`);
}

async function overWebSocket(key: string, messages: Messages): Promise<Message[] | undefined> {
  try {
    client ??= await connect(url, { token: bearer, ms: ASK_MS });
    const [message] = messages;
    const reply = await client.request({ action: "publish", ...message, idempotency_key: key }, ASK_MS);
    if (reply.status === "success") return [reply];
    if (reply.retry_after_ms === undefined) throw new Error(`answered ${JSON.stringify(reply)}`);
    return undefined;
  } catch (error) {
    if (String(error).includes("answered {")) throw error;
    client?.socket.destroy();
    client = undefined;
    return undefined;
  }
}

function write(entry: Entry): void {
  appendFileSync(journal, `${JSON.stringify(entry)}\n`);
}

/** Publishes until it is known that it was, exactly once. */
async function publish(key: string, messages: Messages): Promise<void> {
  const ask = kind === "websocket" ? overWebSocket : overHttp;
  for (;;) {
    const published = await ask(key, messages.map(filled));
    if (!published) {
      await pause(50);
      continue;
    }
    const positions = published.map(({ topic = "", offset = 0 }) => ({ topic, offset }));
    write({ key, published: positions });
    return;
  }
}

/** In the journal there is only what it is made from. */
function filled({ topic, data }: Messages[number]): Messages[number] {
  return { topic, data: kind === "storm" ? { ...data, filling: "x".repeat(FILLING) } : data };
}

function topicOf(): string {
  if (kind === "storm") return random.of(TOPICS.storm);
  // One that is new now and then: who resumes a pattern has never heard of it.
  if (random.below(20) === 0) return `many:since-${Math.floor(Date.now() / NEW_TOPIC_MS)}`;
  return random.of(TOPICS.steady);
}

const entries = readFileSync(journal, "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line): Entry => JSON.parse(line));
const done = new Set(entries.filter(({ published }) => published).map(({ key }) => key));
let number = entries.filter(({ begun }) => begun).length;
for (const { key, begun } of entries) if (begun && !done.has(key)) await publish(key, begun);
while (!isOver) {
  const key = `${name}/${++number}`;
  const size = { http: 1 + random.below(5), websocket: 1, storm: 15 }[kind] ?? 1;
  // A storm is a dozen batches, one after the other.
  const messages = Array.from({ length: size }, (_, at) => ({
    topic: topicOf(),
    data: { mark: `${key}/${at}` },
  }));
  write({ key, begun: messages });
  await publish(key, messages);
  if (kind !== "storm") await pause(20 + random.below(100));
  else if (number % 12 === 0) await pause(8000);
}
process.exit(0);
