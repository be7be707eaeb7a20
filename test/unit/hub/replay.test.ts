import { expect, test } from "bun:test";
import type { History, HistoryQuery, Kept } from "../../../src/hub/broker.ts";
import type { Frame } from "../../../src/hub/frame.ts";
import type { Outbox } from "../../../src/hub/outbox.ts";
import { Pacer } from "../../../src/hub/pacer.ts";
import { Publication } from "../../../src/hub/publication.ts";
import { Replay } from "../../../src/hub/replay.ts";
import { Share } from "../../../src/hub/share.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { turn } from "./setup.ts";

const EPOCH = "k3v9";

/** A replay out of a store that answers later: what a broker elsewhere is like. */
function replaying(lengths: Record<string, number>) {
  let order = 0;
  const kept = new Map<string, Kept[]>();
  const add = (topic: string) => {
    const list = kept.get(topic) ?? [];
    kept.set(topic, list);
    const publication = { topic, type: "t", json: "1", time: 0, offset: list.length + 1, order: ++order };
    list.push(publication);
    return publication;
  };
  const longest = Math.max(...Object.values(lengths));
  for (let at = 0; at < longest; at++)
    for (const [topic, length] of Object.entries(lengths)) if (at < length) add(topic);

  const told: string[] = [];
  const faults: unknown[] = [];
  const queries: HistoryQuery[] = [];
  const store = { trimmedTo: 0, error: undefined as Error | undefined };
  const history = async (topic: string, query: HistoryQuery): Promise<History> => {
    queries.push(query);
    await turn();
    if (store.error) throw store.error;
    const { since, limit = 100 } = query;
    const from = since?.offset ?? 0;
    const recovered = topic !== "a" || from >= store.trimmedTo;
    const list = kept.get(topic) ?? [];
    const publications = recovered ? list.slice(from, from + limit) : [];
    return { epoch: EPOCH, offset: list.length, publications, recovered };
  };
  const reader = { isStuck: false };
  const outbox: Pick<Outbox, "hasReplayRoom" | "replay"> = {
    get hasReplayRoom() {
      return !reader.isStuck;
    },
    replay: ({ topic, position }: Frame) => void told.push(`${topic}#${position?.offset}`),
  };
  const clock = new ManualClock();
  const replay = new Replay({
    broker: { history },
    outbox,
    pacer: new Pacer(clock, (error) => void faults.push(error)),
    share: new Share(clock),
    lost: (topic) => void told.push(`${topic} lost`),
    failed: (error) => void faults.push(error),
  });
  const start = (missed: Record<string, [after: number, last: number]>) =>
    replay.start(
      EPOCH,
      new Map(
        Object.entries(missed).map(([topic, [after, last]]) => [topic, { after, last, isCurrent: false }]),
      ),
    );
  /** Publishes one more, and says whether the replay brings it. */
  const publish = (topic: string) => {
    const { offset } = add(topic);
    return replay.withholds(
      new Publication({ topic, type: "t", json: "1", time: 0 }, { epoch: EPOCH, offset }),
    );
  };
  const settled = async () => {
    for (let turns = 0; turns < 50; turns++) await turn();
  };
  return { replay, start, publish, told, faults, queries, store, reader, clock, settled };
}

test("reads page after page, and several topics in the order of publishing", async () => {
  const { start, told, settled, replay, queries } = replaying({ a: 70, b: 3 });
  start({ a: [0, 70], b: [1, 3] });
  await settled();
  expect(told.slice(0, 6)).toEqual(["a#1", "a#2", "b#2", "a#3", "b#3", "a#4"]);
  expect(told.length).toBe(72);
  expect(told.at(-1)).toBe("a#70");
  expect(queries.map(({ limit }) => limit)).toEqual([32, 2, 32, 6]);
  expect(replay.isUnderWay).toBe(false);
});

test("what is published meanwhile comes by it, in its place, and what comes after it does not", async () => {
  const { start, publish, told, settled } = replaying({ a: 40, b: 1 });
  start({ a: [38, 40] });
  expect([publish("a"), publish("b"), publish("a")]).toEqual([true, false, true]);
  await settled();
  expect(told).toEqual(["a#39", "a#40", "a#41", "a#42"]);
  expect(publish("a")).toBe(false);
});

test("what the store has already and the hub was not given yet is left to come live", async () => {
  const { start, told, settled, publish } = replaying({ a: 5 });
  start({ a: [3, 4] });
  await settled();
  expect(told).toEqual(["a#4"]);
  expect(publish("a")).toBe(false);
});

test("waits for its reader, and is looked at again", async () => {
  const { start, told, reader, clock, settled } = replaying({ a: 2 });
  reader.isStuck = true;
  start({ a: [0, 2] });
  await settled();
  clock.advance(1000);
  expect(told).toEqual([]);
  reader.isStuck = false;
  clock.advance(20);
  await settled();
  expect(told).toEqual(["a#1", "a#2"]);
  expect(clock.timers).toBe(0);
});

/** One whose reader stops before anything is sent; what was read is let go of, and read again. */
async function stalled() {
  const opened = replaying({ a: 40, b: 2 });
  const { start, reader, clock, settled } = opened;
  reader.isStuck = true;
  start({ a: [0, 40], b: [0, 2] });
  await settled();
  clock.advance(20);
  const goOn = async () => {
    reader.isStuck = false;
    clock.advance(20);
    await settled();
  };
  return { ...opened, goOn };
}

test("is lost where the history was trimmed under it; the other topics go on", async () => {
  const { told, store, faults, goOn } = await stalled();
  store.trimmedTo = 36;
  await goOn();
  expect(told).toEqual(["a lost", "b#1", "b#2"]);
  expect(faults).toEqual([]);
});

test("is lost where the history cannot be read", async () => {
  const { told, store, faults, goOn } = await stalled();
  store.error = new Error("gone");
  await goOn();
  expect(told).toEqual(["a lost", "b lost"]);
  expect(faults).toEqual([store.error, store.error]);
});

test("goes on from the earlier position where it is started again, and an answer that was on its way changes nothing", async () => {
  const { start, told, settled } = replaying({ a: 5 });
  start({ a: [0, 5] });
  start({ a: [3, 5] });
  await settled();
  expect(told).toEqual(["a#1", "a#2", "a#3", "a#4", "a#5"]);
});

test("ends where nobody wants the topic any more, or the connection is gone", async () => {
  const first = replaying({ a: 5, b: 5 });
  first.start({ a: [0, 5], b: [4, 5] });
  first.replay.retain((topic) => topic === "b");
  await first.settled();
  expect(first.told).toEqual(["b#5"]);
  const second = replaying({ a: 5 });
  second.start({ a: [0, 5] });
  second.replay.stop();
  await second.settled();
  second.clock.advance(1000);
  expect([second.told, second.clock.timers]).toEqual([[], 0]);
});

test("of very much lets others have their turn", () => {
  const order: string[] = [];
  const clock = new ManualClock();
  const list: Kept[] = Array.from({ length: 1000 }, (_, at) => ({
    ...{ topic: "a", type: "t", json: "1", time: 0 },
    offset: at + 1,
    order: at,
  }));
  const replay = new Replay({
    broker: {
      history: (_, { since, limit = 0 }) => {
        const from = since?.offset ?? 0;
        return { epoch: EPOCH, offset: 1000, recovered: true, publications: list.slice(from, from + limit) };
      },
    },
    outbox: { hasReplayRoom: true, replay: () => void order.push("sent") },
    pacer: new Pacer(clock, () => {}),
    share: new Share(clock),
    lost: () => {},
    failed: () => {},
  });
  replay.start(EPOCH, new Map([["a", { after: 0, last: 1000, isCurrent: false }]]));
  expect(order.length).toBe(256);
  clock.advance(1000);
  expect(order.length).toBe(1000);
});
