import { describe, expect, test } from "bun:test";
import type { Connection } from "../../../src/hub/connection.ts";
import type { HeartbeatTimes } from "../../../src/hub/pulse.ts";
import type { TopicHub } from "../../../src/hub/topic-hub.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { newHub, principal } from "./setup.ts";

// A turn is 100 ms: a sixth of the shorter one.
const TIMES: HeartbeatTimes = { interval_ms: 1000, timeout_ms: 600 };
const TURN_MS = 100;
const SILENCE_MS = TIMES.interval_ms + TIMES.timeout_ms;
// From the turn in which it was last heard: one turn more, in which what the process was too busy for is read.
const GIVEN_UP_MS = SILENCE_MS + TURN_MS;

/** A connection that is looked after; in its first turn its opening counts as a sign of life. */
function watched(hub: TopicHub, times = TIMES) {
  const transport = new TestTransport();
  const connection = hub.connect({
    principal: principal(),
    transport,
    unsentLimit: 100_000,
    heartbeat: times,
  });
  return { connection, transport };
}

const heard = ({ pulse }: Connection) => pulse?.heard();

describe("a silent peer", () => {
  test("is asked once, and closed with 4002 when both times are over", async () => {
    const left: unknown[] = [];
    const { hub, clock } = newHub({ onDisconnect: (_, code, reason) => left.push([code, reason]) });
    const { connection, transport } = watched(hub);
    await hub.subscribe(connection, "a");
    clock.advance(TIMES.interval_ms / 2);
    expect(transport.pings).toBe(0);
    clock.advance(TIMES.interval_ms / 2 + TURN_MS);
    expect(transport.pings).toBe(1);
    clock.advance(GIVEN_UP_MS - TIMES.interval_ms - 1);
    expect([transport.pings, transport.closing]).toEqual([1, undefined]);

    clock.advance(1);
    expect(transport.closing).toEqual({ code: 4002, reason: "No heartbeat" });
    expect(left).toEqual([[4002, "No heartbeat"]]);
    expect([hub.hasSubscribers("a"), hub.size.connections]).toEqual([false, 0]);
    clock.advance(3000);
    expect([transport.terminations, clock.timers]).toEqual([1, 0]);
  });

  test("is asked again after it answered, for as long as it does", () => {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    for (let times = 1; times <= 50; times++) {
      while (transport.pings < times) clock.advance(TURN_MS);
      heard(connection);
    }
    expect(transport.closing).toBeUndefined();
    clock.advance(GIVEN_UP_MS + TURN_MS);
    expect(transport.closing?.code).toBe(4002);
  });

  test("has its whole time to answer, and is given up soon after it, however the two relate", () => {
    for (const times of [
      { interval_ms: 100, timeout_ms: 3000 },
      { interval_ms: 3000, timeout_ms: 100 },
      { interval_ms: 333, timeout_ms: 777 },
      { interval_ms: 60_000, timeout_ms: 103 },
    ]) {
      const { hub, clock } = newHub();
      const { transport } = watched(hub, times);
      const openedAt = clock.now();
      while (transport.pings === 0) clock.advance(1);
      clock.advance(times.timeout_ms - 1);
      expect(transport.closing).toBeUndefined();
      while (transport.closing === undefined) clock.advance(1);
      const late = clock.now() - openedAt - times.interval_ms - times.timeout_ms;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(Math.min(times.interval_ms, times.timeout_ms) / 2 + 3);
      expect([transport.pings, transport.closing.code]).toEqual([1, 4002]);
    }
  });

  test("that sends is not asked", () => {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    for (let at = 0; at < 30; at++) {
      heard(connection);
      clock.advance(TIMES.interval_ms / 2 - TURN_MS);
    }
    expect([transport.pings, transport.closing]).toEqual([0, undefined]);
  });

  test("is not kept by what the hub sends to it", async () => {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    await hub.subscribe(connection, "a");
    for (let at = 0; at < (GIVEN_UP_MS + TURN_MS) / 10; at++) {
      await hub.publish("a", at);
      clock.advance(10);
    }
    expect(transport.closing?.code).toBe(4002);
  });
});

describe("a peer with unsent bytes", () => {
  test("is closed where it takes none of them, though more are added", async () => {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    await hub.subscribe(connection, "a");
    transport.isStuck = true;
    for (let at = 0; at < (GIVEN_UP_MS + TURN_MS) / 10; at++) {
      await hub.publish("a", at);
      clock.advance(10);
    }
    expect(transport.closing?.code).toBe(4002);
  });

  test("stays where it takes of them, though there are ever more", async () => {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    await hub.subscribe(connection, "a");
    transport.isStuck = true;
    for (let at = 0; at < 10 * SILENCE_MS; at += 200) {
      await hub.publish("a", "x".repeat(60));
      transport.unsent -= 10;
      clock.advance(200);
    }
    expect(transport.closing).toBeUndefined();
    expect(transport.unsent).toBeGreaterThan(5000);
    clock.advance(GIVEN_UP_MS + TURN_MS);
    expect(transport.closing?.code).toBe(4002);
  });

  test("stays where it takes of them and nothing is added", () => {
    const { hub, clock } = newHub();
    const { transport } = watched(hub);
    transport.unsent = 100;
    for (let at = 0; at < 10; at++) {
      transport.unsent -= 10;
      clock.advance(SILENCE_MS - TURN_MS);
    }
    expect(transport.closing).toBeUndefined();
  });
});

describe("where the platform tells of no pongs", () => {
  test("who owes nothing is left to it, and who takes none of what is unsent is closed", () => {
    const { hub, clock } = newHub();
    const transport = new TestTransport();
    transport.canPing = false;
    hub.connect({ principal: principal(), transport, unsentLimit: 10_000, heartbeat: TIMES });
    clock.advance(100 * SILENCE_MS);
    expect(transport.closing).toBeUndefined();
    transport.unsent = 10;
    clock.advance(SILENCE_MS);
    expect(transport.closing).toBeUndefined();
    clock.advance(2 * TURN_MS);
    expect(transport.closing?.code).toBe(4002);
  });
});

describe("a process that did not run for a while", () => {
  /** A peer that was asked and had one turn left to answer, when the process stopped for so long. */
  function paused(ms: number) {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    clock.advance(GIVEN_UP_MS);
    clock.pause(TURN_MS + ms);
    return { connection, transport, clock };
  }

  test.each([TURN_MS, SILENCE_MS, 86_400_000])("for %p ms gives its peers a full interval", (ms) => {
    const { transport, clock } = paused(ms);
    clock.advance(TIMES.interval_ms + TURN_MS - 1);
    expect(transport.closing).toBeUndefined();
    expect(transport.pings).toBe(2);
    clock.advance(1);
    expect(transport.closing?.code).toBe(4002);
  });

  test("keeps those that answer then", () => {
    const { connection, transport, clock } = paused(SILENCE_MS);
    clock.advance(TURN_MS);
    heard(connection);
    clock.advance(SILENCE_MS - TURN_MS);
    expect(transport.closing).toBeUndefined();
  });

  test("for less than a turn judges as ever", () => {
    expect(paused(TURN_MS - 1).transport.closing?.code).toBe(4002);
  });

  test("has read what came meanwhile before it judges, however short that was", () => {
    const { hub, clock } = newHub();
    const { connection, transport } = watched(hub);
    clock.advance(SILENCE_MS);
    // The turn in which its time is over comes late, and before what it sent a moment earlier.
    clock.pause(TURN_MS + 50);
    heard(connection);
    clock.advance(SILENCE_MS);
    expect(transport.closing).toBeUndefined();
  });

  test.each([-3_600_000, 3_600_000])("is noticed although its clock was put %p ms on", (ms) => {
    const { hub, clock } = newHub();
    const { transport } = watched(hub);
    clock.advance(GIVEN_UP_MS - TURN_MS);
    clock.set(clock.now() + ms);
    clock.pause(3 * TURN_MS);
    clock.advance(TIMES.interval_ms);
    expect(transport.closing).toBeUndefined();
    clock.advance(TURN_MS);
    expect(transport.closing?.code).toBe(4002);
  });

  test.each([-3_600_000, 3_600_000])("is none where only its clock was put %p ms on", (ms) => {
    const { hub, clock } = newHub();
    const { transport } = watched(hub);
    clock.advance(GIVEN_UP_MS - TURN_MS);
    clock.set(clock.now() + ms);
    clock.advance(2 * TURN_MS);
    expect(transport.closing?.code).toBe(4002);
  });
});

describe("one timer", () => {
  test("is all that a thousand connections need, and it goes with the last of them", () => {
    const { hub, clock } = newHub();
    const all = Array.from({ length: 1000 }, () => watched(hub));
    expect(clock.timers).toBe(1);
    clock.advance(10 * TURN_MS);
    expect(clock.timers).toBe(1);
    for (const { connection } of all) hub.disconnected(connection, 1000, "");
    expect(clock.timers).toBe(0);
    watched(hub);
    expect(clock.timers).toBe(1);
  });

  test("asks those that came at one moment one after the other", () => {
    const { hub, clock } = newHub();
    const all = Array.from({ length: 1000 }, () => watched(hub));
    const asked = () => all.filter(({ transport }) => transport.pings > 0).length;
    let most = 0;
    for (let before = 0; before < all.length; before = asked()) {
      clock.advance(TURN_MS);
      most = Math.max(most, asked() - before);
    }
    expect(most).toBeLessThan(400);
  });

  test("serves connections of different times, each by its own", () => {
    const { hub, clock } = newHub();
    const slow = watched(hub, { interval_ms: 10_000, timeout_ms: 4000 });
    clock.advance(500);
    const fast = watched(hub);
    expect(clock.timers).toBe(1);
    clock.advance(GIVEN_UP_MS + TURN_MS);
    expect([fast.transport.closing?.code, slow.transport.closing]).toEqual([4002, undefined]);
    clock.advance(15_000);
    expect(slow.transport.closing?.code).toBe(4002);
  });

  test("is one also where somebody comes at the moment in which the last one is given up", () => {
    const { hub, clock } = newHub({ onDisconnect: () => void (hub.size.connections === 0 && watched(hub)) });
    watched(hub);
    clock.advance(GIVEN_UP_MS + TURN_MS);
    expect(hub.size.connections).toBe(1);
    // The other one drops the socket of the first.
    expect(clock.timers).toBe(2);
  });

  test("is none where no heartbeat is asked for", () => {
    const { hub, clock } = newHub();
    const transport = new TestTransport();
    hub.connect({ principal: principal(), transport, unsentLimit: 10_000 });
    expect(clock.timers).toBe(0);
    clock.advance(86_400_000);
    expect([transport.pings, transport.closing]).toEqual([0, undefined]);
  });
});
