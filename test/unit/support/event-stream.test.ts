import { expect, test } from "bun:test";
import { createEventReader } from "../../../scripts/faults/event-stream.ts";

const TEXT = [
  "event: subscribed\nid: 0\ndata: {}\n\n",
  ": a comment\n\n",
  "id: 1\ndata: a\ndata:  b\n\n",
  "data:c\r\n\r\n",
  "id: 2\n\n",
  "event: close\ndata\n\n",
  "data: without its end\n",
].join("");

test("an event stream is read the same in whatever parts it comes", () => {
  const events = [
    { name: "subscribed", data: "{}", id: "0" },
    { name: "message", data: "a\n b", id: "1" },
    { name: "message", data: "c", id: "1" },
    { name: "close", data: "", id: "2" },
  ];
  for (const size of [1, 2, 3, 7, TEXT.length]) {
    const read = createEventReader();
    const parts = Array.from({ length: Math.ceil(TEXT.length / size) }, (_, at) =>
      TEXT.slice(at * size, (at + 1) * size),
    );
    expect(parts.flatMap(read)).toEqual(events);
  }
});
