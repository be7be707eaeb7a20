import { describe, expect, test } from "bun:test";
import { Outbox } from "../../../src/hub/outbox.ts";
import { Pacer } from "../../../src/hub/pacer.ts";
import { FakeTransport } from "../../support/fake-transport.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { connect, newHub, UNSENT_LIMIT } from "./setup.ts";

const LIMIT = 1000;
const RESERVE = 65_536;

const frame = (text: string) => ({ text, topic: "a" });

function newOutbox(transport: FakeTransport, clock = new ManualClock()): Outbox {
  const pacer = new Pacer(clock, () => {});
  return new Outbox({ transport, limit: LIMIT, clock, pacer });
}

function outboxWith(unsent: number): { outbox: Outbox; transport: FakeTransport } {
  const transport = new FakeTransport();
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
  const transport = new FakeTransport();
  const outbox = newOutbox(transport, clock);
  transport.close = () => outbox.closed();
  outbox.close(1012, "Server is stopping");
  expect(clock.timers).toBe(0);
});
