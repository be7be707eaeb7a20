// What readers that stopped reading cost a server, and a healthy client beside them. A storm is published to them that
// is larger than the limit on unsent bytes and what the kernels hold; for each kind of topic a line is printed. Ends
// with status 1 where the healthy clients missed something or the memory grew too far. Linux only: it reads /proc.
//   bun scripts/faults/slow-readers.ts TARGET [READERS=100]
import { eventually } from "../../test/support/deadline.ts";
import { getJson, postJson } from "../../test/support/http.ts";
import { inMegabytes, residentBytes, watchMemory } from "../../test/support/memory.ts";
import { openSocket, type RawSocket } from "../../test/support/raw-websocket.ts";
import { type Server, spawnServer } from "../../test/support/spawn-server.ts";
import type { Target } from "../../test/support/targets.ts";
import { token } from "../../test/support/token.ts";
import { countNamed, targetNamed } from "./arguments.ts";
import { type Canary, quantile, startCanary } from "./canary.ts";

/** `limits.unsent_bytes`, which is left at its default. */
const LIMIT = 2 ** 20;
/** What memory may grow besides: what a runtime has not collected yet, and its buffers for sockets. */
const ALLOWANCE = 96 * 2 ** 20;
// A batch is as large as a body may be. The kernels hold some 4 to 6 MB a socket.
const [BATCHES, BATCH, MESSAGE] = [16, 16, 64_000];
/** Messages that the witness is to get: a storm without readers, and one with them. */
const STORMS = 2 * BATCHES * BATCH;
const TOPICS = ["event:storm", "resource-monitor:storm", "server_log:storm", "storm"];

/** A client that reads everything, and knows what of the storm it got. */
interface Witness {
  socket: RawSocket;
  numbers: number[];
}

async function subscribed(server: Server, user: string, topic: string): Promise<RawSocket> {
  const headers = { Authorization: `Bearer ${await token({ sub: user })}` };
  const socket = await openSocket(server, { headers });
  socket.send(JSON.stringify({ action: "subscribe", topic }));
  const reply = await socket.next(10_000);
  if (!reply.includes('"success"')) throw new Error(`not subscribed: ${reply}`);
  return socket;
}

async function startWitness(server: Server, topic: string): Promise<Witness> {
  const socket = await subscribed(server, "witness", topic);
  const numbers: number[] = [];
  // The server itself publishes to some of these topics too.
  socket.onText((text) => {
    const [, number] = /"data":\{"storm":(\d+),/.exec(text) ?? [];
    if (number) numbers.push(Number(number));
  });
  return { socket, numbers };
}

/** Publishes a batch, waits until the witness has it, and so on. */
async function storm(server: Server, topic: string, { numbers }: Witness): Promise<void> {
  const publisher = await token({ sub: "publisher" });
  const filling = "x".repeat(MESSAGE);
  for (let batch = 0; batch < BATCHES; batch++) {
    const due = numbers.length + BATCH;
    const messages = Array.from({ length: BATCH }, (_, at) => ({
      topic,
      data: { storm: due - BATCH + at, filling },
    }));
    const { status, text } = await postJson(
      server,
      "/publish",
      { messages },
      { token: publisher, ms: 20_000 },
    );
    if (status !== 200) throw new Error(`the storm was answered ${status}: ${text}`);
    await eventually(() => numbers.length >= due, 20_000, `message ${due} at the witness`).catch(() => {});
  }
}

/** How many readers the server still has. */
async function readersOf(server: Server): Promise<number> {
  const operator = await token({ sub: "operator", admin: true });
  const { json } = await getJson(server, "/connections?limit=1000", { token: operator, ms: 20_000 });
  return (json.connections as { user: string }[]).filter(({ user }) => user === "reader").length;
}

/** The codes with which the server closed readers, as its log has them. */
function codesOf(server: Server): string {
  const codes = new Map<string, number>();
  for (const [, code = ""] of server.stderr().matchAll(/"disconnected".*"code":(\d+)/g))
    codes.set(code, (codes.get(code) ?? 0) + 1);
  return [...codes].map(([code, times]) => `${code} ${times} times`).join(", ") || "none";
}

interface Figures {
  before: number;
  peak: number;
  after: number;
  kept: number;
  codes: string;
  /** What the healthy clients missed. */
  missed: { canary: number; witness: number; isOutOfOrder: boolean };
  /** The canary's, in each part of the run. */
  delays: { idle: number[]; alone: number[]; beside: number[] };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function delaysOf(canary: Canary, during: Promise<unknown>): Promise<number[]> {
  canary.takeDelays();
  await during;
  return canary.takeDelays();
}

async function measured(target: Target, topic: string, count: number): Promise<Figures> {
  const limits = { connections_per_user: count + 10, messages_per_second: 1000, message_burst: 1000 };
  await using server = await spawnServer(target, { config: { limits }, env: { LOG_LEVEL: "debug" } });
  await using canary = await startCanary(server);
  const witness = await startWitness(server, topic);
  const idle = await delaysOf(canary, pause(1000));
  // Without readers first, so that what any storm costs is not taken for theirs.
  const alone = await delaysOf(canary, storm(server, topic, witness));

  const readers = await Promise.all(Array.from({ length: count }, () => subscribed(server, "reader", topic)));
  for (const reader of readers) reader.pause();
  await pause(500);
  const before = residentBytes(server.pid);
  const stopWatching = watchMemory(server.pid);
  const beside = await delaysOf(canary, storm(server, topic, witness));
  // Time for those that are closed to be dropped.
  await pause(4000);
  const peak = stopWatching().most;
  const [kept, codes] = [await readersOf(server), codesOf(server)];

  for (const reader of readers) reader.destroy();
  await eventually(async () => (await readersOf(server)) === 0, 10_000, "the readers to be gone");
  const stopResting = watchMemory(server.pid);
  await pause(2000);
  const after = stopResting().least;
  const missed = {
    canary: await canary.stop(),
    witness: STORMS - new Set(witness.numbers).size,
    isOutOfOrder: witness.numbers.some((number, at) => at > 0 && number <= (witness.numbers[at - 1] ?? 0)),
  };
  witness.socket.destroy();
  return { before, peak, after, kept, codes, missed, delays: { idle, alone, beside } };
}

function isGood({ before, peak, missed }: Figures, count: number): boolean {
  const hasMissed = missed.canary > 0 || missed.witness > 0 || missed.isOutOfOrder;
  return !hasMissed && peak - before <= count * LIMIT + ALLOWANCE;
}

function lineOf(figures: Figures, count: number): string {
  const { before, peak, after, kept, codes, missed, delays } = figures;
  const told = (values: number[]) => `${quantile(values, 0.5)}/${quantile(values, 0.99)}`;
  return [
    `RSS before ${inMegabytes(before)} MB, peak ${inMegabytes(peak)}, after ${inMegabytes(after)}`,
    `grew ${inMegabytes(peak - before)}, allowed ${inMegabytes(count * LIMIT)} + ${inMegabytes(ALLOWANCE)}`,
    `${count} readers: ${count - kept} closed by the server, ${kept} kept (codes in its log: ${codes})`,
    `missed by the canary ${missed.canary}, by the witness ${missed.witness}${missed.isOutOfOrder ? ", OUT OF ORDER" : ""}`,
    `delay p50/p99 ms: idle ${told(delays.idle)}, storm without readers ${told(delays.alone)}, with ${told(delays.beside)}`,
    isGood(figures, count) ? "good" : "BAD",
  ].join("; ");
}

const target = targetNamed(process.argv[2]);
const count = countNamed("READERS", process.argv[3], 100);
let areGood = true;
for (const topic of TOPICS) {
  const figures = await measured(target, topic, count);
  console.log(`${target.name} ${topic}: ${lineOf(figures, count)}`);
  areGood &&= isGood(figures, count);
}
process.exit(areGood ? 0 : 1);
