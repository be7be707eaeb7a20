import { describe, expect, test } from "bun:test";
import type { Since } from "../../../src/protocol/client-message.ts";
import type { Reply } from "../../../src/protocol/server-message.ts";
import { closeEvent, SseWire } from "../../../src/routes/sse-wire.ts";
import { readId, STOP_ID } from "../../../src/routes/stream-id.ts";
import { eventReader, type StreamEvent } from "../../support/stream-reader.ts";

/** The one event of a text, as a browser reads it. */
function parsed(text: string): StreamEvent {
  const events: StreamEvent[] = [];
  eventReader((event) => events.push(event))(Buffer.from(text));
  expect(events).toHaveLength(1);
  return events[0] ?? {};
}
const positions = ({ id = "" }: StreamEvent) => Object.fromEntries(readId(id));
const none: ReadonlyMap<string, Since> = new Map();
const reply = (rest: object): Reply => ({ status: "success", message: "Subscribed", ...rest });
const frame = (topic: string, offset?: number, epoch = "e") => ({
  text: JSON.stringify({ topic, offset }),
  topic,
  ...(offset !== undefined && { position: { epoch, offset } }),
});

describe("an event stream's wire", () => {
  test("gives a publication as it is, and an id only where it has a position", () => {
    const wire = new SseWire(none);
    const subscribed = parsed(wire.control(reply({ topic: "plain" })));
    expect(subscribed).toMatchObject({ event: "subscribed", id: expect.any(String) });
    expect(positions(subscribed)).toEqual({});
    expect(parsed(wire.publication(frame("plain")))).toEqual({ data: '{"topic":"plain"}' });
    expect(parsed(wire.publication({ text: '{"direct":true}', topic: undefined }))).toEqual({
      data: '{"direct":true}',
    });
  });

  test("follows each topic, and each pattern that selects it", () => {
    const wire = new SseWire(none);
    const topics = [
      { topic: "a", epoch: "e", offset: 4 },
      { topic: "a*", epoch: "e", floor: 1, offsets: { a: 4 } },
      { topic: "b*", epoch: "e", resumable: false },
      { topic: "c" },
    ];
    const start = parsed(wire.control(reply({ topics })));
    const pattern = { epoch: "e", floor: 1, offsets: { a: 4 } };
    expect(positions(start)).toEqual({ a: { epoch: "e", offset: 4 }, "a*": pattern });
    expect(positions(parsed(wire.publication(frame("a", 5))))).toEqual({
      a: { epoch: "e", offset: 5 },
      "a*": { ...pattern, offsets: { a: 5 } },
    });
    expect(positions(parsed(wire.publication(frame("ab", 2))))).toEqual({
      a: { epoch: "e", offset: 5 },
      "a*": { ...pattern, offsets: { a: 5, ab: 2 } },
    });
    const bare = parsed(wire.publication(frame("b1", 2)));
    expect(bare).toEqual({ data: '{"topic":"b1","offset":2}' });
  });

  test("stands where it was, while what was missed is still to come", () => {
    const since = new Map<string, Since>([
      ["a", { epoch: "e", offset: 2 }],
      ["b", { epoch: "e", offset: 3 }],
    ]);
    const wire = new SseWire(since);
    const topics = [
      { topic: "a", epoch: "e", offset: 9, recovered: true },
      { topic: "b", epoch: "e", offset: 9, recovered: false },
    ];
    const start = parsed(wire.control(reply({ topics })));
    expect(positions(start)).toEqual({ a: { epoch: "e", offset: 2 }, b: { epoch: "e", offset: 9 } });
    expect(positions(parsed(wire.publication(frame("a", 3))))).toMatchObject({ a: { offset: 3 } });
  });

  test("forgets what is over, and all of another epoch", () => {
    const wire = new SseWire(none);
    const topics = ["a", "b"].map((topic) => ({ topic, epoch: "e", offset: 1 }));
    wire.control(reply({ topics: [...topics, { topic: "*", epoch: "e", floor: 0, offsets: {} }] }));
    const over = parsed(wire.control({ type: "unsubscribed", topic: "a", code: "position_lost" }));
    expect(over.event).toBe("unsubscribed");
    expect(Object.keys(positions(over))).toEqual(["b", "*"]);
    const next = parsed(wire.publication(frame("b", 1, "f")));
    expect(positions(next)).toEqual({ b: { epoch: "f", offset: 1 } });
  });

  test("names what is no publication, and hands a browser the time after which to reconnect", () => {
    const wire = new SseWire(none);
    expect(parsed(wire.control({ type: "gap", topic: "a", skipped: 2 }))).toEqual({
      event: "gap",
      data: '{"type":"gap","topic":"a","skipped":2}',
    });
    expect(parsed(wire.control({ type: "reconnect", after_ms: 1200 }))).toEqual({
      event: "reconnect",
      retry: "1200",
      data: '{"type":"reconnect","after_ms":1200}',
    });
  });

  test("lets nothing that is published end a field", () => {
    const wire = new SseWire(none);
    // What a broker of another make may bring: JSON with line ends between its tokens.
    const text = '{"data":\r\n["a\u2028b\u0085",\n\n"event: close"\r]}';
    const { data = "", ...others } = parsed(wire.publication({ text, topic: "a" }));
    expect(others).toEqual({});
    expect(JSON.parse(data)).toEqual(JSON.parse(text));
  });
});

test("a close says whether to come back", () => {
  for (const code of [1008, 1009, 4500, 4501, 4503, 4599])
    expect(parsed(closeEvent(code, "r"))).toEqual({
      ...{ event: "close", id: STOP_ID },
      data: JSON.stringify({ code, reason: "r" }),
    });
  for (const code of [1000, 1001, 1012, 1013, 4001, 4002, 4003, 4100, 4499, 4600])
    expect(parsed(closeEvent(code, "r"))).toEqual({
      event: "close",
      data: JSON.stringify({ code, reason: "r" }),
    });
});
