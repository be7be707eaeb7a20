import { describe, expect, test } from "bun:test";
import { SseTransport } from "../../../src/routes/sse-transport.ts";
import { Streams } from "../../../src/routes/streams.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

function open() {
  const closes: [number, string][] = [];
  let drops = 0;
  const transport = new SseTransport({
    drop: () => drops++,
    closed: (code, reason) => void closes.push([code, reason]),
  });
  const reader = transport.body.getReader();
  const read = async () => {
    const { value } = await reader.read();
    return value && Buffer.from(value).toString();
  };
  return { transport, reader, read, closes, drops: () => drops };
}
const CLOSE = 'event: close\ndata: {"code":4001,"reason":"Slow consumer"}\n\n';

describe("an event stream", () => {
  test("hands out what is asked for, and counts the rest as unsent", async () => {
    const { transport, read } = open();
    transport.send("one");
    transport.send("two");
    expect(transport.unsentBytes()).toBe(6);
    expect(await read()).toBe("onetwo");
    expect(transport.unsentBytes()).toBe(6);
    const next = read();
    await Promise.resolve();
    expect(transport.unsentBytes()).toBe(0);
    transport.send("é");
    transport.send("four");
    expect(transport.unsentBytes()).toBe(6);
    expect([await next, await read()]).toEqual(["é", "four"]);
  });

  test("hands out 64 KiB at once, or one event that is larger", async () => {
    const { transport, read } = open();
    const [large, small] = ["x".repeat(100_000), "y".repeat(40_000)];
    for (const text of [small, small, large, small]) transport.send(text);
    expect([await read(), await read(), await read(), await read()]).toEqual([small, small, large, small]);
  });

  test("ends after its last event, and only once that was asked for", async () => {
    const { transport, read, closes } = open();
    transport.send("one");
    transport.close(4001, "Slow consumer");
    transport.close(1012, "Server is stopping");
    transport.send("late");
    expect(closes).toEqual([]);
    expect(await read()).toBe(`one${CLOSE}`);
    expect(closes).toEqual([]);
    expect(await read()).toBeUndefined();
    expect(closes).toEqual([[4001, "Slow consumer"]]);
    transport.terminate();
    expect([transport.unsentBytes(), closes.length]).toEqual([0, 1]);
  });

  test("lets go of everything where its reader does not take the end", async () => {
    const { transport, read, closes, drops } = open();
    transport.send("one");
    transport.close(4001, "Slow consumer");
    transport.terminate();
    expect([transport.unsentBytes(), closes, drops()]).toEqual([0, [[4001, "Slow consumer"]], 1]);
    expect(await read()).toBeUndefined();
  });

  test("is over when its reader leaves, however that is told", async () => {
    const cancelled = open();
    await cancelled.reader.cancel();
    const aborted = open();
    aborted.transport.left();
    for (const { transport, closes, drops } of [cancelled, aborted]) {
      transport.send("late");
      transport.left();
      transport.close(4501, "late");
      expect([closes, drops(), transport.unsentBytes()]).toEqual([[[1006, ""]], 0, 0]);
    }
    expect(await aborted.read()).toBeUndefined();
  });
});

describe("silence", () => {
  test("is broken in time, and only where nothing was said and nothing waits", async () => {
    const clock = new ManualClock();
    const streams = new Streams(clock, 1000);
    const { transport, read } = open();
    streams.add(transport);
    transport.send("one");
    expect(await read()).toBe("one");
    let comment = read();
    clock.advance(500);
    expect(transport.unsentBytes()).toBe(0);
    clock.advance(500);
    expect(await comment).toBe(": \n\n");
    clock.advance(2000);
    // The last one was not taken yet.
    expect(transport.unsentBytes()).toBe(4);
    comment = read();
    clock.advance(500);
    expect(await comment).toBe(": \n\n");
    streams.remove(transport);
    expect(clock.timers).toBe(0);
  });
});
