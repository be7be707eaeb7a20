import { expect, test } from "bun:test";
import { readEvents, type StreamEvent } from "../../../src/client/event-stream.ts";

const STREAM = [
  "retry: 5",
  "",
  ": a comment",
  "",
  "event: subscribed",
  "id: 1",
  'data: {"topic":"é𝄞"}',
  "",
  // Both end a line in a script, and stand in JSON as they are.
  `data: {"text":"a\u2028b\u2029c\u0085d"}`,
  "id",
  "",
  "",
];

async function read(bytes: Uint8Array, chunk: number): Promise<StreamEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunk) controller.enqueue(bytes.slice(at, at + chunk));
      controller.close();
    },
  });
  const events: StreamEvent[] = [];
  await readEvents(
    body,
    () => {},
    ({ event, data, id }) => data && events.push({ event, data, id }),
  );
  return events;
}

test.each(["\n", "\r\n"])("what ends in %j is read wherever it is cut", async (end) => {
  const bytes = new TextEncoder().encode(STREAM.join(end));
  for (let chunk = 1; chunk <= bytes.length; chunk++)
    expect(await read(bytes, chunk)).toEqual([
      { event: "subscribed", data: '{"topic":"é𝄞"}', id: "1" },
      { event: "message", data: '{"text":"a\u2028b\u2029c\u0085d"}', id: undefined },
    ]);
});
