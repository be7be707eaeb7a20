import { describe, expect, test } from "bun:test";
import { LIST_ENTRIES } from "../../../src/protocol/client-message.ts";
import { decode } from "../../../src/protocol/decode.ts";

const DEPTH = 32;
const MISSING = "Action and topic are required.";
const NOT_JSON = "Message is not valid JSON: one JSON object a frame is expected";
const ID = "'id' takes a string of at most 64 bytes or a number";
const SINCE = "{epoch, offset}, or {epoch, floor, offsets} for a pattern";
const TYPE_BYTES = "1 to 64 bytes of UTF-8";
const TYPE_FREE = "a type that is not reserved for the server";

const errorOf = (text: string) => decode(text, DEPTH).error;
const messageOf = (text: string) => decode(text, DEPTH).message;
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

type Wrong = [text: string, code: string, message: string];

const wrong: Wrong[] = [
  ["", "invalid_json", NOT_JSON],
  ["{", "invalid_json", NOT_JSON],
  ['{"action":"ping"} x', "invalid_json", NOT_JSON],
  ["{'action':'ping'}", "invalid_json", NOT_JSON],
  ['\ufeff{"action":"ping"}', "invalid_json", NOT_JSON],
  ["null", "invalid_json", NOT_JSON],
  ["5", "invalid_json", NOT_JSON],
  ['"ping"', "invalid_json", NOT_JSON],
  ['[{"action":"ping"}]', "invalid_json", NOT_JSON],

  ["{}", "missing_field", MISSING],
  ['{"topic":"a"}', "missing_field", MISSING],
  ['{"action":"subscribe"}', "missing_field", MISSING],
  ['{"action":"unsubscribe"}', "missing_field", MISSING],
  ['{"action":"publish","data":1}', "missing_field", MISSING],
  ['{"action":"presence"}', "missing_field", MISSING],
  ['{"action":"history"}', "missing_field", MISSING],
  // A list of topics is for subscribe and unsubscribe alone.
  ['{"action":"publish","topics":["a"],"data":1}', "missing_field", MISSING],

  ['{"action":"fly","topic":"x"}', "unknown_action", "Unknown action: 'fly'"],
  ['{"action":""}', "unknown_action", "Unknown action: ''"],
  ['{"action":"Subscribe","topic":"a"}', "unknown_action", "Unknown action: 'Subscribe'"],
  ['{"action":"toString","topic":"a"}', "unknown_action", "Unknown action: 'toString'"],
  ['{"action":"__proto__","topic":"a"}', "unknown_action", "Unknown action: '__proto__'"],
  [`{"action":"${"x".repeat(100)}"}`, "unknown_action", `Unknown action: '${"x".repeat(64)}'`],

  ['{"action":5,"topic":"a"}', "invalid_message", "'action' takes a string"],
  ['{"action":["ping"]}', "invalid_message", "'action' takes a string"],
  ['{"action":"subscribe","topic":5}', "invalid_message", "'topic' takes a string, got 5"],
  ['{"action":"subscribe","topic":null}', "invalid_message", "'topic' takes a string, got null"],
  ['{"action":"subscribe","topic":["a"]}', "invalid_message", "'topic' takes a string, got Array"],
  ['{"action":"publish","topic":"a"}', "invalid_message", "'data' is missing"],
  ['{"action":"publish","topic":5,"data":1}', "invalid_message", "'topic' takes a string, got 5"],
  ['{"action":"authenticate","token":5}', "invalid_message", "'token' takes a string, got 5"],
  [
    '{"action":"history","topic":"a","limit":"5"}',
    "invalid_message",
    `'limit' takes a whole number, got "5"`,
  ],
  [
    '{"action":"history","topic":"a","limit":1.5}',
    "invalid_message",
    "'limit' takes a whole number, got 1.5",
  ],
  ['{"action":"history","topic":"a","limit":-1}', "invalid_message", "'limit' takes 0 or more, got -1"],
  [
    '{"action":"publish","topic":"a","data":1,"idempotency_key":7}',
    "invalid_message",
    "'idempotency_key' takes a string, got 7",
  ],
  ['{"action":"ping","topic":"a"}', "invalid_message", "Unknown field 'topic'"],
  ['{"action":"ping","pong":1}', "invalid_message", "Unknown field 'pong'"],
  ['{"action":"subscribe","topic":"a","data":1}', "invalid_message", "Unknown field 'data'"],
  ['{"action":"publish","topic":"a","data":1,"Type":"x"}', "invalid_message", "Unknown field 'Type'"],
  ['{"action":"ping","__proto__":{"id":1}}', "invalid_message", "Unknown field '__proto__'"],
  ['{"action":"ping","constructor":1}', "invalid_message", "Unknown field 'constructor'"],
  [
    '{"action":"subscribe","topic":"a","topics":["b"]}',
    "invalid_message",
    "'topic' and 'topics' exclude each other",
  ],
  [
    '{"action":"subscribe","topics":["a"],"since":{"epoch":"e","offset":1}}',
    "invalid_message",
    "'since' stands in each entry of 'topics'",
  ],
  ['{"action":"subscribe","topics":"a"}', "invalid_message", `'topics' takes a list, got "a"`],
  ['{"action":"subscribe","topics":null}', "invalid_message", "'topics' takes a list, got null"],
  ['{"action":"subscribe","topics":[]}', "invalid_message", "'topics' takes at least one entry, got 0"],
  [
    '{"action":"subscribe","topics":["a",5]}',
    "invalid_message",
    "'topics.1' takes a topic or {topic, since}, got 5",
  ],
  ['{"action":"subscribe","topic":"a","since":5}', "invalid_message", `'since' takes ${SINCE}, got 5`],
  ['{"action":"subscribe","topic":"a","since":[]}', "invalid_message", `'since' takes ${SINCE}, got Array`],
  [
    '{"action":"subscribe","topic":"a","since":{"epoch":"e","offset":-1}}',
    "invalid_message",
    "'since.offset' takes 0 or more, got -1",
  ],
  [
    '{"action":"unsubscribe","topic":"a","since":{"epoch":"e","offset":1}}',
    "invalid_message",
    "Unknown field 'since'",
  ],
  [
    '{"action":"unsubscribe","topics":["b",{"topic":"a","since":{"epoch":"e","offset":0}}]}',
    "invalid_message",
    "Unknown field 'since'",
  ],
  [
    `{"action":"publish","topic":"a","data":${nested(DEPTH)}}`,
    "invalid_message",
    "JSON is nested deeper than 32 levels",
  ],
];
test.each(wrong)("%s is answered %s", (text, code, message) => {
  expect(errorOf(text)).toMatchObject({ status: "error", code, message });
});

test("a list is not longer than a list may be", () => {
  const topics = Array.from({ length: LIST_ENTRIES + 1 }, () => "a");
  expect(errorOf(JSON.stringify({ action: "subscribe", topics }))).toMatchObject({
    code: "invalid_message",
    message: "'topics' takes at most 1000 entries, got 1001",
  });
});

test("where a parser would give up, the answer is the same on every engine", () => {
  expect(errorOf("[".repeat(500_000))?.message).toBe("JSON is nested deeper than 32 levels");
});

test("JSON may nest to the limit", () => {
  expect(messageOf(`{"action":"publish","topic":"a","data":${nested(DEPTH - 1)}}`)).toMatchObject({
    topic: "a",
  });
  expect(decode('{"action":"ping"}', 1).message).toEqual({ action: "ping" });
  expect(decode('{"action":"ping"}', 0).error?.message).toBe("JSON is nested deeper than 0 levels");
});

describe("id", () => {
  const ids = ['""', '"a"', '"1"', "1", "0", "-1.5", "1e300", JSON.stringify("x".repeat(64))];
  test.each([...ids, JSON.stringify("é".repeat(32)), JSON.stringify("😀".repeat(16))])("%s is one", (id) => {
    const { echo, message } = decode(`{"action":"ping","id":${id}}`, DEPTH);
    expect(echo).toEqual({ action: "ping", id: JSON.parse(id) });
    expect(message).toEqual({ action: "ping", id: JSON.parse(id) });
  });

  const others = ["null", "true", "{}", "[]", '["a"]', "1e400", "-1e400", JSON.stringify("x".repeat(65))];
  test.each([...others, JSON.stringify("é".repeat(33)), JSON.stringify("😀".repeat(17))])(
    "%s is none, and does not come back",
    (id) => {
      expect(errorOf(`{"action":"subscribe","topic":"a","id":${id}}`)).toEqual({
        status: "error",
        code: "invalid_message",
        message: ID,
        action: "subscribe",
        topic: "a",
      });
    },
  );
});

describe("an idempotency key", () => {
  const publish = (idempotency_key: string) =>
    JSON.stringify({ action: "publish", topic: "a", data: 1, idempotency_key });

  test.each(["7", "k".repeat(128), "😀".repeat(128), "a b\n", "\ud800"])("may be %j", (key) => {
    expect(messageOf(publish(key))).toMatchObject({ idempotency_key: key });
  });

  test.each(["", "k".repeat(129), "😀".repeat(129)])("may not be %j", (key) => {
    expect(errorOf(publish(key))).toMatchObject({
      code: "invalid_message",
      message: expect.stringMatching(/^'idempotency_key' takes 1 to 128 characters, got /),
    });
  });
});

describe("type", () => {
  const publish = (type: unknown) => JSON.stringify({ action: "publish", topic: "a", data: 1, type });

  test.each(["event", "x", "Welcome", "gap2", "a b", "x".repeat(64), "é".repeat(32)])("%j is one", (type) => {
    expect(messageOf(publish(type))).toEqual({ action: "publish", topic: "a", data: 1, type });
  });

  const refused: [type: unknown, takes: string][] = [
    ["", TYPE_BYTES],
    ["x".repeat(65), TYPE_BYTES],
    ["é".repeat(33), TYPE_BYTES],
    ["welcome", TYPE_FREE],
    ["reconnect", TYPE_FREE],
    ["unsubscribed", TYPE_FREE],
    ["gap", TYPE_FREE],
    ["_", TYPE_FREE],
    ["_mine", TYPE_FREE],
    [5, "a string"],
    [null, "a string"],
  ];
  test.each(refused)("%j is none", (type, takes) => {
    expect(errorOf(publish(type))).toMatchObject({
      code: "invalid_message",
      message: expect.stringContaining(`'type' takes ${takes}, got `),
    });
  });
});

describe("what is right", () => {
  test("one topic", () => {
    expect(decode('{"action":"subscribe","topic":"event:*","id":1}', DEPTH)).toEqual({
      echo: { action: "subscribe", topic: "event:*", id: 1 },
      message: {
        action: "subscribe",
        id: 1,
        selections: [{ topic: "event:*", since: undefined }],
        isList: false,
      },
    });
    expect(messageOf('{"action":"unsubscribe","topic":"a"}')).toMatchObject({
      action: "unsubscribe",
      selections: [{ topic: "a" }],
    });
  });

  test("a list, of topics and of topics with a position", () => {
    const position = { epoch: "e", offset: 3 };
    const place = { epoch: "e", floor: 0, offsets: { a: 1, b: 2 } };
    const topics = ["a", { topic: "b" }, { topic: "c", since: position }, { topic: "d*", since: place }];
    expect(messageOf(JSON.stringify({ action: "subscribe", topics }))).toEqual({
      action: "subscribe",
      id: undefined,
      selections: [{ topic: "a" }, ...topics.slice(1)] as { topic: string }[],
      isList: true,
    });
  });

  test("a list of one is still a list, and as long as a list may be", () => {
    expect(messageOf('{"action":"unsubscribe","topics":["a"]}')).toMatchObject({ isList: true });
    const topics = Array.from({ length: LIST_ENTRIES }, (_, at) => `t${at}`);
    expect(messageOf(JSON.stringify({ action: "subscribe", topics }))).toMatchObject({ isList: true });
  });

  test("a position", () => {
    const since = { epoch: "e", offset: 0 };
    expect(messageOf(JSON.stringify({ action: "subscribe", topic: "a", since }))).toMatchObject({
      selections: [{ topic: "a", since }],
    });
  });

  test("any data, null too", () => {
    for (const data of [null, 0, "", false, [], { a: { b: 1 } }])
      expect(messageOf(JSON.stringify({ action: "publish", topic: "a", data }))).toEqual({
        action: "publish",
        topic: "a",
        data,
      });
    const parsed = messageOf('{"action":"publish","topic":"a","data":{"__proto__":{"x":1}}}');
    expect(JSON.stringify(parsed)).toContain('"data":{"__proto__":{"x":1}}');
  });

  test("the other actions", () => {
    for (const request of [
      { action: "authenticate" },
      { action: "authenticate", token: "" },
      { action: "presence", topic: "a" },
      { action: "history", topic: "a", limit: 0, since: { epoch: "e", offset: 1 } },
      { action: "ping" },
    ])
      expect<unknown>(messageOf(JSON.stringify(request))).toEqual(request);
  });

  test("a topic is not judged here, so that the reply can say what is wrong with it", () => {
    expect(messageOf('{"action":"subscribe","topic":"a b"}')).toBeDefined();
    expect(messageOf('{"action":"subscribe","topic":""}')).toBeDefined();
  });
});

describe("the echo", () => {
  test("repeats action, topic and id, whatever is wrong", () => {
    expect(errorOf('{"action":"fly","topic":"x","id":"7"}')).toEqual({
      status: "error",
      code: "unknown_action",
      message: "Unknown action: 'fly'",
      action: "fly",
      topic: "x",
      id: "7",
    });
    expect(errorOf('{"topic":"x","id":0}')).toEqual({
      status: "error",
      code: "missing_field",
      message: MISSING,
      topic: "x",
      id: 0,
    });
  });

  test("has no part that is of the wrong type", () => {
    expect(errorOf('{"action":5,"topic":{"a":1}}')).toEqual({
      status: "error",
      code: "invalid_message",
      message: "'action' takes a string",
    });
    expect(Object.keys(errorOf("[") ?? {})).toEqual(["status", "code", "message"]);
  });

  test("begins with status, code and message", () => {
    expect(JSON.stringify(errorOf('{"id":1,"topic":"x","action":"fly"}'))).toBe(
      `{"status":"error","code":"unknown_action","message":"Unknown action: 'fly'","action":"fly","topic":"x","id":1}`,
    );
  });
});

test("a message full of faults takes no longer than one with a single fault", () => {
  const full = `{"action":"subscribe","topics":[${Array(32_000).fill(0).join()}]}`;
  const times = Array.from({ length: 10 }, () => {
    const before = performance.now();
    expect(decode(full, 32).error?.message).toBe("'topics.0' takes a topic or {topic, since}, got 0");
    return performance.now() - before;
  });
  // The best of them, whatever else the machine does.
  expect(Math.min(...times)).toBeLessThan(10);
});
