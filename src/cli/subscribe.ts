import process from "node:process";
import type { TopicClient } from "../client/topic-client.ts";
import { covers, selectorFault } from "../protocol/topic.ts";
import { addFaults, parseFlags, UsageError } from "./arguments.ts";
import { explain, lateMessage } from "./explain.ts";
import { jsonLine, type MessageLine, peopleLine } from "./message-line.ts";
import { createNotes } from "./notes.ts";
import { createOutput } from "./output.ts";
import { followReason, leave, openClient, REMOTE_FLAGS, type Remote, readRemote } from "./remote.ts";
import { tell } from "./tell.ts";

/** What `topichub subscribe` was asked for. */
export interface Wanted {
  remote: Remote;
  /** None of which selects what another one does. */
  topics: readonly string[];
  isJson: boolean;
  /** Messages to print. */
  most: number;
}

/** `topichub subscribe`: prints what is published until it is told to stop. */
export async function subscribe(args: string[]): Promise<void> {
  const wanted = readWanted(args, process.env);
  const client = await openClient(wanted.remote);
  try {
    await follow(client, wanted);
  } finally {
    leave(client);
  }
}

const FLAGS = { ...REMOTE_FLAGS, json: { type: "boolean" }, count: { type: "string" } } as const;

/** @throws UsageError that names every fault. */
export function readWanted(args: string[], env: Readonly<Record<string, string | undefined>>): Wanted {
  const faults: string[] = [];
  const topics: string[] = [];
  const flags = parseFlags(args, { command: "subscribe", options: FLAGS, words: topics }, faults);
  const found: string[] = [];
  const remote = readRemote(flags, env, found);
  if (topics.length === 0) found.push("TOPIC is missing: it takes one topic or pattern, or several");
  for (const topic of topics) {
    const fault = selectorFault(topic);
    if (fault) found.push(`TOPIC takes a topic or a pattern, got '${topic}': ${fault}`);
  }
  const { count } = flags;
  if (count !== undefined && !/^[1-9]\d{0,14}$/.test(count))
    found.push(`--count takes a whole number from 1 on, got '${count}'`);
  addFaults(faults, found);
  if (faults.length > 0) throw new UsageError(faults);
  const most = count === undefined ? Number.POSITIVE_INFINITY : Number(count);
  return { remote, topics: distinct(topics), isJson: flags.json ?? false, most };
}

/** Those that no other one covers, so that what two of them select is printed once. */
export function distinct(topics: readonly string[]): string[] {
  const all = [...new Set(topics)];
  return all.filter((topic) => !all.some((other) => other !== topic && covers(other, topic)));
}

/** Settles at a signal, after so many messages, or where nobody reads them any more. */
function follow(client: TopicClient, { remote, topics, isJson, most }: Wanted): Promise<void> {
  return new Promise((resolve, reject) => {
    const output = createOutput(process.stdout, (error) => (error ? reject(error) : resolve()));
    const lineOf = lineFor(isJson);
    const notes = createNotes(tell);
    const reason = followReason(client);
    let left = most;
    const late = setTimeout(
      () => reject(new Error(lateMessage(remote.url, remote.timeoutMs, reason()))),
      remote.timeoutMs,
    );
    const print = (message: Parameters<MessageLine>[0]) => {
      if (left-- > 0) output.write(lineOf(message));
      if (left === 0) output.flushed().then(resolve);
    };
    client.on("direct", print);
    client.on("error", (error) => reject(explain(error, remote)));
    client.on("state", notes.state);
    for (const topic of topics)
      client.subscribe(topic, print, {
        onSubscribed(subscribed) {
          // Once it was there, it may take its time to come back.
          clearTimeout(late);
          notes.confirmed(subscribed);
        },
        onGap: notes.gap,
        onEnded: (error) => reject(explain(error, remote)),
      });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function lineFor(isJson: boolean): MessageLine {
  return isJson ? jsonLine : peopleLine(process.stdout.isTTY && !process.env.NO_COLOR);
}
