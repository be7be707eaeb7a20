import { describe, expect, test } from "bun:test";
import type { Connection } from "../../../src/hub/connection.ts";
import { type DrainTimes, drainTimes } from "../../../src/hub/drain.ts";
import type { TopicHub } from "../../../src/hub/topic-hub.ts";
import type { ManualClock } from "../../../src/testing/manual-clock.ts";
import type { TestTransport } from "../../../src/testing/test-transport.ts";
import { connect, dataOf, newHub, turn } from "./setup.ts";

interface Left {
  connection: Connection;
  /** Milliseconds after the start. */
  at: number;
}

/** A hub with connections that is about to end, and who left it when. */
function open(count: number, drain?: Partial<DrainTimes>, { answersClose = true } = {}) {
  const left: Left[] = [];
  let startedAt = 0;
  const { hub, clock } = newHub({
    drain,
    onDisconnect: (connection) => void left.push({ connection, at: clock.now() - startedAt }),
  });
  const all = Array.from({ length: count }, () => connect(hub));
  for (const { connection, transport } of all) if (answersClose) answerClose(hub, connection, transport);
  const start = () => {
    startedAt = clock.now();
    return settling(hub.disconnectAll(), clock, startedAt);
  };
  return { hub, clock, all, left, start, times: () => left.map(({ at }) => at) };
}

/** As on Bun, where the socket says that it has closed from inside the close. */
function answerClose(hub: TopicHub, connection: Connection, transport: TestTransport): void {
  const close = transport.close.bind(transport);
  transport.close = (code: number, reason: string) => {
    close(code, reason);
    hub.disconnected(connection, code, reason);
  };
}

/** Tells whether, and when, a promise has settled. */
function settling(promise: Promise<void>, clock: ManualClock, startedAt: number) {
  let at: number | undefined;
  void promise.then(() => {
    at = clock.now() - startedAt;
  });
  return {
    /** Moves the clock in steps, so that the time is that of the step. */
    async after(ms: number, step = 100): Promise<number | undefined> {
      for (let passed = 0; passed < ms && at === undefined; passed += step) {
        await turn();
        clock.advance(step);
      }
      await turn();
      return at;
    },
  };
}

describe("the closes of a stop", () => {
  test("come one after the other over the window, each by its own time", () => {
    const { clock, start, times } = open(10);
    start();
    expect(times()).toEqual([0]);
    clock.advance(499);
    expect(times()).toEqual([0]);
    clock.advance(10_000);
    expect(times()).toEqual([0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500]);
    expect(clock.timers).toBe(0);
  });

  test("never come early where the times are no whole milliseconds", () => {
    const { clock, start, times } = open(7, { window_ms: 3000 });
    start();
    clock.advance(10_000);
    expect(times()).toEqual([0, 429, 858, 1286, 1715, 2143, 2572]);
  });

  test("are many at a time where the connections are more than the milliseconds", () => {
    const { clock, start, times } = open(3000, { window_ms: 1000 });
    start();
    let turns = 0;
    for (; clock.timers > 0; turns++) clock.advance(1);
    expect(turns).toBe(1000);
    expect(times().filter((at) => at < 500).length).toBeWithin(1450, 1550);
    expect(times().at(-1)).toBe(1000);
  });

  test("end after a second at the earliest, also with one connection or without a window", () => {
    for (const [count, window_ms, wanted] of [
      [1, 5000, [1000]],
      [1, 0, [1000]],
      [4, 0, [0, 0, 0, 1000]],
      [2, 1500, [0, 1000]],
      [2, 3000, [0, 1500]],
    ] as const) {
      const { clock, start, times } = open(count, { window_ms });
      start();
      clock.advance(10_000);
      expect(times()).toEqual([...wanted]);
    }
  });

  test("come in an order drawn by lot", () => {
    const orders = Array.from({ length: 200 }, () => {
      const { clock, all, left, start } = open(3);
      start();
      clock.advance(10_000);
      return left.map(({ connection }) => all.findIndex((one) => one.connection === connection)).join("");
    });
    expect(new Set(orders).size).toBe(6);
  });

  test("leave each peer its time to answer before all is over", () => {
    for (const [timeout_ms, last] of [
      [10_000, 7000],
      [2000, 1400],
      [500, 350],
    ] as const) {
      const { clock, start, times } = open(1000, { window_ms: timeout_ms, timeout_ms });
      start();
      clock.advance(timeout_ms);
      expect(times()).toHaveLength(1000);
      expect(times().at(-1)).toBeWithin(last * 0.99, last + 1);
    }
  });

  test("need no turn for who has gone meanwhile, and nobody waits for them", async () => {
    const { hub, clock, all, left, start } = open(4);
    const settled = start();
    const [first] = left;
    for (const { connection } of all)
      if (connection !== first?.connection) hub.disconnected(connection, 1001, "");
    expect(await settled.after(0)).toBe(0);
    expect([left.length, clock.timers]).toEqual([4, 0]);
    for (const { connection, transport } of all)
      if (connection !== first?.connection)
        expect([transport.frames, transport.closing]).toEqual([[], undefined]);
  });

  test("tell each how long after its own close to come back, drawn evenly below the window", () => {
    const { clock, all, start } = open(2000, { window_ms: 4000 });
    start();
    clock.advance(10_000);
    const delays = all.map(({ transport }) => {
      expect(transport.closing).toEqual({ code: 1012, reason: "Server is stopping" });
      expect(transport.late).toEqual([]);
      const [message, ...rest] = transport.take();
      expect([message, rest]).toEqual([{ type: "reconnect", after_ms: expect.any(Number) }, []]);
      return Number(message?.after_ms);
    });
    expect(delays.every((delay) => Number.isInteger(delay) && delay >= 0 && delay < 4000)).toBe(true);
    for (const from of [0, 1000, 2000, 3000])
      expect(delays.filter((delay) => delay >= from && delay < from + 1000).length).toBeWithin(400, 600);
  });

  test("tell of no delay where there is no window", () => {
    const { clock, all, start } = open(5, { window_ms: 0 });
    start();
    clock.advance(1000);
    expect(all.flatMap(({ transport }) => transport.take())).toEqual(
      Array.from({ length: 5 }, () => ({ type: "reconnect", after_ms: 0 })),
    );
  });

  test("cut a reader that is too slow even to be told", () => {
    const { clock, all, start } = open(1);
    const [{ transport } = connect(newHub().hub)] = all;
    transport.unsent = 10 ** 6;
    start();
    clock.advance(1000);
    expect([transport.frames, transport.closing?.code]).toEqual([[], 4001]);
  });

  test("wait for who is behind, until shortly before the end", () => {
    for (const [caughtUpAt, closedAt] of [
      [0, 1000],
      [2000, 2000],
      [60_000, 7000],
    ] as const) {
      const { clock, all, times, start } = open(1);
      const startedAt = clock.now();
      const [one] = all;
      if (one)
        Object.defineProperty(one.connection.outbox, "isBehind", {
          get: () => clock.now() - startedAt < caughtUpAt,
        });
      start();
      clock.advance(10_000);
      expect([times().length, times()[0]]).toEqual([1, expect.any(Number)]);
      expect(times()[0]).toBeWithin(closedAt, closedAt + 21);
    }
  });

  test.each([-3_600_000, 3_600_000])("go on although the clock is put %p ms on", (ms) => {
    const { clock, start, times, left } = open(10);
    start();
    clock.advance(2000);
    clock.set(clock.now() + ms);
    clock.advance(1000);
    expect(left).toHaveLength(7);
    clock.pause(20_000);
    expect(times()).toHaveLength(10);
  });
});

describe("a stop", () => {
  test("is over with the last socket, and then leaves no timer", async () => {
    const { clock, start } = open(4);
    expect(await start().after(10_000)).toBe(3800);
    expect(clock.timers).toBe(0);
    expect(await open(0).start().after(0)).toBe(0);
  });

  test("waits four seconds for who does not answer, and drops it after three", async () => {
    const { clock, all, start } = open(2, {}, { answersClose: false });
    expect(await start().after(20_000)).toBe(6500);
    expect(all.map(({ transport }) => transport.terminations)).toEqual([1, 1]);
    expect(clock.timers).toBe(0);
  });

  test("is over before the time is, whatever the window", async () => {
    for (const [times, wanted] of [
      [{ window_ms: 5000, timeout_ms: 6000 }, 5400],
      [{ window_ms: 6000, timeout_ms: 6000 }, 5400],
      [{ window_ms: 0, timeout_ms: 2000 }, 1800],
      [{ window_ms: 0, timeout_ms: 3_600_000 }, 5000],
    ] as const)
      expect(await open(100, times, { answersClose: false }).start().after(20_000)).toBe(wanted);
  });

  test("is the same one for whoever asks for it again", async () => {
    const { hub, clock, start } = open(1);
    start();
    const [again, closed] = [hub.disconnectAll(), hub.close()];
    clock.advance(1000);
    await again;
    await closed;
    expect(clock.timers).toBe(0);
  });

  test("lets what runs in this process publish to whoever is still there", async () => {
    const { hub, clock, all } = open(2);
    for (const { connection } of all) await hub.subscribe(connection, "a");
    const closed = hub.close();
    await hub.publish("a", 1);
    expect(all.map(({ transport }) => dataOf(transport).filter((data) => data === 1).length).sort()).toEqual([
      0, 1,
    ]);
    expect(() => connect(hub)).toThrow("The hub is closed: it takes no connections");
    clock.advance(5000);
    await closed;
    await expect(hub.publish("a", 2)).rejects.toThrow("The hub is closed: it takes no publications");
  });
});

describe("the times", () => {
  test("have defaults", () => {
    expect(drainTimes()).toEqual({ window_ms: 5000, timeout_ms: 10_000 });
    expect(drainTimes({ window_ms: 0, timeout_ms: undefined })).toEqual({ window_ms: 0, timeout_ms: 10_000 });
  });

  test("are refused where they do not fit together", () => {
    for (const drain of [
      { window_ms: -1 },
      { window_ms: 10_001 },
      { timeout_ms: 4999 },
      { window_ms: Number.NaN },
      { timeout_ms: Number.NaN },
      { timeout_ms: 2 ** 31 },
    ])
      expect(() => newHub({ drain })).toThrow(/^'drain' takes a 'window_ms' from 0 to its 'timeout_ms'/);
  });
});
