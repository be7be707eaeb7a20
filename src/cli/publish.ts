import process from "node:process";
import type { ClientPublished } from "../client/options.ts";
import type { TopicClient } from "../client/topic-client.ts";
import { topicFault } from "../protocol/topic.ts";
import { addFaults, parseFlags, UsageError } from "./arguments.ts";
import { explain } from "./explain.ts";
import { inputLines } from "./input-lines.ts";
import { createOutput } from "./output.ts";
import { followReason, leave, openClient, REMOTE_FLAGS, type Remote, readRemote } from "./remote.ts";

/** What `topichub publish` was asked for. */
export interface Wanted {
  remote: Remote;
  topic: string;
  /** What to publish; undefined where each line of standard input is. */
  value: { data: unknown } | undefined;
  isText: boolean;
  type: string | undefined;
  key: string | undefined;
  /** Makes a line of what was published; undefined where nothing is printed. */
  lineOf: ((published: ClientPublished) => string) | undefined;
}

/** `topichub publish`: settles once the server has accepted everything. */
export async function publish(args: string[]): Promise<void> {
  const wanted = readWanted(args, process.env, process.stdin.isTTY);
  const client = await openClient(wanted.remote);
  try {
    await publishAll(client, wanted);
  } finally {
    leave(client);
  }
}

const FLAGS = {
  ...REMOTE_FLAGS,
  type: { type: "string" },
  key: { type: "string" },
  text: { type: "boolean" },
  verbose: { type: "boolean", short: "v" },
  json: { type: "boolean" },
} as const;

/** @throws UsageError that names every fault. */
export function readWanted(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Wanted {
  const faults: string[] = [];
  const words: string[] = [];
  const flags = parseFlags(args, { command: "publish", options: FLAGS, words }, faults);
  const { text: isText = false, type, key } = flags;
  const [topic, value, ...others] = words;
  const found: string[] = [];
  const remote = readRemote(flags, env, found);
  if (topic === undefined) found.push("TOPIC is missing: it takes one topic");
  const fault = topic === undefined ? undefined : topicFault(topic);
  if (fault) found.push(`TOPIC takes a topic, got '${topic}': ${fault}`);
  const isInput = value === undefined || value === "-";
  if (value === undefined && topic !== undefined && isTerminal)
    found.push("JSON is missing: it takes one value, or - for lines of standard input");
  const read = isInput ? undefined : readValue(value, isText);
  if (!isInput && !read)
    found.push(`JSON takes one JSON value, got '${value}': with --text it is published as a string`);
  for (const other of others) found.push(`unexpected argument '${other}' (see topichub publish --help)`);
  if (key !== undefined && isInput)
    found.push("--key is for one publication: it takes the JSON as an argument");
  addFaults(faults, found);
  if (faults.length > 0) throw new UsageError(faults);
  const lineOf = flags.json ? jsonLine : flags.verbose ? peopleLine : undefined;
  return { remote, topic: topic ?? "", value: read, isText, type, key, lineOf };
}

function readValue(text: string, isText: boolean): { data: unknown } | undefined {
  if (isText) return { data: text };
  try {
    return { data: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const jsonLine = (published: ClientPublished) => `${JSON.stringify(published)}\n`;
const peopleLine = ({ topic, epoch, offset }: ClientPublished) =>
  `${topic} ${offset === undefined ? "(no history)" : `offset ${offset} epoch ${epoch}`}\n`;

async function publishAll(client: TopicClient, wanted: Wanted): Promise<void> {
  const { remote, topic, value, isText, type, key, lineOf } = wanted;
  // Whoever reads the positions may go away: what is to be published still is.
  const output = createOutput(process.stdout, () => {});
  const reason = followReason(client);
  // Whoever publishes is told of it as well.
  client.on("error", () => {});
  const send = async ({ data }: { data: unknown }, where: string) => {
    const how = { type, idempotencyKey: key, timeoutMs: remote.timeoutMs };
    const published = await client.publish(topic, data, how).catch((error: unknown) => {
      const { message } = explain(error, remote, reason());
      throw new Error(where + message, { cause: error });
    });
    if (lineOf) output.write(lineOf(published));
  };
  if (value) await send(value, "");
  else {
    let number = 0;
    for await (const line of inputLines(process.stdin)) {
      const read = readValue(line, isText);
      const where = `line ${++number} of standard input`;
      if (!read) throw new Error(`${where} is no JSON value; what stands before it is published`);
      // One after the other: what a server puts off, for its limits, would come behind what was sent after it.
      await send(read, `${where}: `);
    }
  }
  await output.flushed();
}
