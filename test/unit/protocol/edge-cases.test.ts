import { expect, test } from "bun:test";
import { decode } from "../../../src/protocol/decode.ts";

test.each([
  ['{"action":"subscribe","topics":["a",{"topic":"b","sinse":1}]}', "Unknown field 'topics.1.sinse'"],
  [
    '{"action":"subscribe","topic":"a","since":{"epoch":"e","offset":1,"time":1}}',
    "Unknown field 'since.time'",
  ],
  [
    '{"action":"subscribe","topics":[{"topic":"b","since":{"epoch":"e","floor":0,"offsets":{},"x":1}}]}',
    "Unknown field 'topics.0.since.x'",
  ],
])("an unknown field is named, also inside: %s", (text, message) => {
  expect(decode(text, 32).error?.message).toBe(message);
});
