import { expect, test } from "bun:test";
import { Outbox } from "../../../src/hub/outbox.ts";
import { Pacer } from "../../../src/hub/pacer.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { Random } from "../../support/random.ts";

// A quarter of it, below which the newest are sent, is what a socket is given at once, or more.
const LIMITS = [2 ** 20, 2 ** 22];
const SOCKET_BYTES = 262_144;
const TOPICS = ["a", "b", "c"];

/** One reader that takes now and then, and an account of what it is to get. */
function openRun(random: Random) {
  const clock = new ManualClock();
  const transport = new TestTransport();
  transport.isStuck = true;
  const faults: unknown[] = [];
  const pacer = new Pacer(clock, (error) => void faults.push(error));
  const outbox = new Outbox({ transport, limit: random.of(LIMITS), clock, pacer });
  /** Everything that waits its turn, and the newest of each topic outside of it. */
  const line: string[] = [];
  const counts = new Map<string, number>();
  let number = 0;
  const fill = () => "x".repeat(random.of([10, 3000, 60_000, 200_000]));
  const textOf = (name: string) => `${name}:${++number}:${fill()}`;

  function publish(isLatest: boolean): boolean {
    const topic = `${isLatest ? "latest" : "each"}-${random.of(TOPICS)}`;
    const text = textOf(topic);
    const isTaken = outbox.publication({ text, topic, isLatest });
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
    if (isTaken && !isLatest) line.push(text);
    return isTaken;
  }
  function reply(): boolean {
    const message = { type: "unsubscribed", topic: textOf("reply"), code: "forbidden" } as const;
    const isTaken = outbox.control(message);
    if (isTaken) line.push(JSON.stringify(message));
    return isTaken;
  }
  function replay(): boolean {
    const text = textOf("replay");
    const wasBehind = line.length > sent().filter((it) => !isApart(it)).length;
    if (!outbox.hasReplayRoom) return true;
    // Nothing that was queued before it comes after it.
    expect(wasBehind).toBe(false);
    outbox.replay({ text, topic: "replayed" });
    line.push(text);
    return true;
  }
  const sent = () => transport.frames;
  return { clock, transport, outbox, faults, line, publish, reply, replay, sent };
}

/** What has an order of its own: a topic's newest, and what is told of it. */
const isApart = (text: string) => text.startsWith("latest-") || text.startsWith('{"type":"gap"');

function play(seed: number): void {
  const random = new Random(seed);
  const run = openRun(random);
  const { clock, transport, outbox, faults, line, sent } = run;
  let isCut = false;
  for (let step = 0; step < 100 && !isCut; step++) {
    const most = transport.unsent;
    const kind = random.below(10);
    if (kind < 4) isCut = !run.publish(false);
    else if (kind < 7) isCut = !run.publish(true);
    else if (kind < 8) isCut = !run.reply();
    else if (kind < 9) run.replay();
    else transport.unsent = random.below(3) === 0 ? 0 : random.below(most + 1);
    if (random.below(3) === 0) clock.advance(20);
    expect(outbox.unsentBytes()).toBeGreaterThanOrEqual(transport.unsent);
    // The socket holds its share, what a replay may have besides, and the last frame of each.
    expect(transport.unsent).toBeLessThanOrEqual(SOCKET_BYTES + 65_536 + 2 * 200_100);
  }
  if (!isCut)
    for (let turn = 0; turn < 100 && outbox.isBehind; turn++) {
      transport.unsent = 0;
      clock.advance(20);
    }
  const inLine = sent().filter((text) => !isApart(text));
  expect(inLine).toEqual(isCut ? line.slice(0, inLine.length) : line);
  expectWhole(sent(), isCut);
  expectNoneOvertaken(sent());
  expect(faults).toEqual([]);
  outbox.close(isCut ? 4001 : 1000, "");
  outbox.closed();
  expect(clock.timers).toBeLessThanOrEqual(1);
}

/** Where one by the rule latest stands, everything that was queued before it has gone out. */
function expectNoneOvertaken(texts: readonly string[]): void {
  const numbers = texts
    .filter((text) => !text.startsWith('{"type":"gap"'))
    .map((text) => ({ isApart: isApart(text), number: Number(/:(\d+):/.exec(text)?.[1]) }));
  let newest = 0;
  for (const { isApart, number } of numbers) {
    if (!isApart) expect(number).toBeGreaterThan(newest);
    else newest = Math.max(newest, number);
  }
}

/** Of each topic by the rule latest the numbers rise, and whatever is missing between two was told of. */
function expectWhole(texts: readonly string[], isCut: boolean): void {
  const told = texts.filter((text) => text.startsWith('{"type":"gap"'));
  for (const text of told) expect(JSON.parse(text).skipped).toBeGreaterThan(0);
  for (const topic of TOPICS.map((name) => `latest-${name}`)) {
    const numbers = texts.filter((text) => text.startsWith(topic)).map((text) => Number(text.split(":")[1]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
  }
  if (!isCut) expect(texts.at(-1)?.startsWith('{"type":"gap"')).not.toBe(true);
}

test("whatever is queued goes out in its order, with replays in their place and the newest of others apart", () => {
  for (let seed = 1; seed <= 1000; seed++) {
    try {
      play(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}, 60_000);
