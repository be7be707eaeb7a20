import { describe, expect, test } from "bun:test";
import { Outbox } from "../../../src/hub/outbox.ts";
import { Pacer } from "../../../src/hub/pacer.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { connect, newHub, UNSENT_LIMIT } from "./setup.ts";

const LIMIT = 1000;
const RESERVE = 65_536;

const frame = (text: string) => ({ text, topic: "a" });

function newOutbox(transport: TestTransport, clock = new ManualClock()): Outbox {
  const pacer = new Pacer(clock, () => {});
  return new Outbox({ transport, limit: LIMIT, clock, pacer });
}

function outboxWith(unsent: number): { outbox: Outbox; transport: TestTransport } {
  const transport = new TestTransport();
  transport.unsent = unsent;
  return { outbox: newOutbox(transport), transport };
}

describe("a publication", () => {
  test("fits to the last byte of the limit, and not past it", () => {
    const { outbox, transport } = outboxWith(900);
    expect(outbox.publication(frame("x".repeat(101)))).toBe(false);
    expect(transport.frames).toEqual([]);
    expect(outbox.publication(frame("x".repeat(100)))).toBe(true);
    expect(transport.frames).toEqual(["x".repeat(100)]);
  });

  test("larger than the limit still goes to a reader that owes nothing", () => {
    const large = "x".repeat(LIMIT * 2);
    const { outbox, transport } = outboxWith(0);
    expect(outbox.publication(frame(large))).toBe(true);
    transport.unsent = 1;
    expect(outbox.publication(frame(large))).toBe(false);
    expect(transport.frames).toEqual([large]);
  });
});

describe("the newest of what a reader was too slow for", () => {
  const latest = (topic: string, bytes: number) => ({ text: "x".repeat(bytes), topic, isLatest: true });

  test("counts like what is unsent, whoever comes next", () => {
    const { outbox } = outboxWith(500);
    expect(outbox.publication(latest("b", 300))).toBe(true);
    expect(outbox.publication(frame("x".repeat(201)))).toBe(false);
    expect(outbox.publication(latest("b", 501))).toBe(false);
  });

  test("counts together with what is unsent", () => {
    const { outbox, transport } = outboxWith(900);
    transport.isStuck = true;
    expect(outbox.publication(latest("b", 100))).toBe(true);
    expect(outbox.publication(latest("b", 50))).toBe(true);
    expect(outbox.publication(latest("c", 51))).toBe(false);
  });
});

describe("a control message", () => {
  // A message of n bytes, quotes and braces of its JSON among them.
  const gap = (topic: string) => ({ type: "gap", topic, skipped: 1 }) as const;
  const message = (bytes: number) => gap("x".repeat(bytes - JSON.stringify(gap("")).length));

  test("has room beyond the limit, and not past that", () => {
    const { outbox, transport } = outboxWith(LIMIT + RESERVE - 100);
    expect(outbox.publication(frame("x"))).toBe(false);
    expect(outbox.control(message(101))).toBe(false);
    expect(transport.frames).toEqual([]);
    expect(outbox.control(message(100))).toBe(true);
    expect(transport.frames).toEqual([JSON.stringify(message(100))]);
  });

  test("that does not even fit there closes the connection with 4001", () => {
    const { hub } = newHub();
    const { connection, transport } = connect(hub);
    transport.unsent = UNSENT_LIMIT + 1;
    hub.tell(connection, { status: "success", message: "pong" });
    expect(transport.frames).toHaveLength(1);
    transport.unsent = UNSENT_LIMIT + RESERVE;
    hub.tell(connection, { status: "success", message: "pong" });
    expect(transport.frames).toHaveLength(1);
    expect(transport.closing).toEqual({ code: 4001, reason: "Slow consumer" });
  });
});

test("unsent bytes are the socket's", () => {
  const { outbox, transport } = outboxWith(7);
  expect(outbox.unsentBytes()).toBe(7);
  transport.unsent = 0;
  expect(outbox.unsentBytes()).toBe(0);
});

test("a socket that closes at once leaves no timer behind, which would keep the process", () => {
  const clock = new ManualClock();
  const transport = new TestTransport();
  const outbox = newOutbox(transport, clock);
  transport.close = () => outbox.closed();
  outbox.close(1012, "Server is stopping");
  expect(clock.timers).toBe(0);
});

describe("past what a socket is given at once", () => {
  const SOCKET_BYTES = 262_144;
  const WIDE = 4 * SOCKET_BYTES;

  function open() {
    const clock = new ManualClock();
    const transport = new TestTransport();
    const pacer = new Pacer(clock, () => {});
    const outbox = new Outbox({ transport, limit: WIDE, clock, pacer });
    transport.unsent = SOCKET_BYTES;
    return { clock, transport, outbox };
  }

  test("things wait outside, in their order, and count as unsent", () => {
    const { clock, transport, outbox } = open();
    expect(outbox.publication(frame("ü"))).toBe(true);
    expect(outbox.control({ type: "reconnect", after_ms: 1 })).toBe(true);
    expect([transport.frames, outbox.isBehind, outbox.unsentBytes()]).toEqual([[], true, SOCKET_BYTES + 35]);
    transport.unsent = 0;
    outbox.publication(frame("after"));
    expect(transport.frames).toEqual([]);
    clock.advance(20);
    expect(transport.frames).toEqual(["ü", '{"type":"reconnect","after_ms":1}', "after"]);
    expect([outbox.isBehind, outbox.unsentBytes(), clock.timers]).toEqual([false, 0, 0]);
  });

  test("they go out as the socket sends", () => {
    const { clock, transport, outbox } = open();
    for (const name of ["a", "b"]) outbox.publication(frame(name.repeat(SOCKET_BYTES)));
    transport.unsent = 0;
    transport.isStuck = true;
    clock.advance(20);
    expect(transport.frames.map((text) => text[0])).toEqual(["a"]);
    transport.unsent = SOCKET_BYTES - 1;
    clock.advance(20);
    expect(transport.frames.map((text) => text[0])).toEqual(["a", "b"]);
  });

  test("what waits is held to the limit too, and a replay waits for it", () => {
    const { clock, transport, outbox } = open();
    const [piece, rest] = ["x".repeat(SOCKET_BYTES), "x".repeat(SOCKET_BYTES - 1)];
    expect([piece, piece, rest, "xx", "x"].map((text) => outbox.publication(frame(text)))).toEqual([
      ...[true, true, true],
      ...[false, true],
    ]);
    transport.unsent = 0;
    expect(outbox.hasReplayRoom).toBe(false);
    clock.advance(20);
    expect(outbox.hasReplayRoom).toBe(true);
    outbox.replay(frame("replayed"));
    expect(transport.frames.at(-1)).toBe("replayed");
  });

  test("a close comes after what waits, but who is given up gets no more", () => {
    const kept = open();
    kept.outbox.publication(frame("owed"));
    kept.outbox.close(1012, "");
    expect(kept.transport.frames).toEqual(["owed"]);
    for (const code of [4001, 4002]) {
      const { clock, transport, outbox } = open();
      outbox.publication(frame("owed"));
      outbox.close(code, "");
      outbox.closed();
      transport.unsent = 0;
      clock.advance(20);
      expect([transport.frames, clock.timers]).toEqual([[], 0]);
    }
  });
});
