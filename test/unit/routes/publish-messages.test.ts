import { describe, expect, test } from "bun:test";
import type { Authorize } from "../../../src/hub/principal.ts";
import { Share } from "../../../src/hub/share.ts";
import { type Fault, grantFault, parseDirect, parseMessages } from "../../../src/routes/publish-messages.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

const LIMITS = { json_depth: 4, message_bytes: 200, publish_batch: 3 };

function parse(body: string | Uint8Array<ArrayBuffer>, limits: Partial<typeof LIMITS> = {}) {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return parseMessages(bytes, { ...LIMITS, ...limits }, new Share(new ManualClock()));
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const invalid = (message: string): Fault<400> => ({ status: 400, code: "invalid_message", message });
const invalidTopic = (message: string): Fault<400> => ({ status: 400, code: "invalid_topic", message });
const tooLarge = (message: string): Fault<413> => ({ status: 413, code: "too_large", message });
const notJson = (hint: string): Fault<400> => ({
  status: 400,
  code: "invalid_json",
  message: `Message is not valid JSON: ${hint}`,
});
const NOT_JSON = notJson("JSON in UTF-8 is expected");
const NO_OBJECT = notJson("one JSON object is expected, {topic, data} or {messages}");
const NO_TOPIC: Fault = { status: 400, code: "missing_field", message: "'topic' is missing" };
const TOO_DEEP = invalid("JSON is nested deeper than 4 levels");

describe("what is right", () => {
  test("one message", async () => {
    expect(await parse('{"topic":"a","data":{"n":1}}')).toEqual({
      messages: [{ topic: "a", data: { n: 1 } }],
      isBatch: false,
    });
    const message = { topic: "a", data: null, type: "event" };
    expect(await parse(JSON.stringify(message))).toEqual({ messages: [message], isBatch: false });
  });

  test("a batch, of one or as long as a batch may be", async () => {
    const messages = [
      { topic: "a", data: 1 },
      { topic: "b", data: [], type: "x" },
      { topic: "a", data: "" },
    ];
    for (const some of [messages, messages.slice(0, 1)])
      expect<unknown>(await parse(JSON.stringify({ messages: some }))).toEqual({
        messages: some,
        isBatch: true,
      });
  });

  test("white space around it, and any script in it", async () => {
    expect(await parse(' \n{"topic":"主题","data":"😀"}\n')).toMatchObject({
      messages: [{ topic: "主题", data: "😀" }],
    });
  });
});

describe("what is wrong", () => {
  const wrong: [body: string, fault: Fault][] = [
    ["", NOT_JSON],
    ["{", NOT_JSON],
    ["topic=a&data=1", NOT_JSON],
    ["null", NO_OBJECT],
    ["[]", NO_OBJECT],
    ['[{"topic":"a","data":1}]', NO_OBJECT],
    ['"a"', NO_OBJECT],
    ["{}", NO_TOPIC],
    ['{"topic":"a"}', invalid("'data' is missing")],
    ['{"data":1}', NO_TOPIC],
    ['{"topic":5,"data":1}', invalid("'topic' takes a string, got 5")],
    ['{"topic":"a","data":1,"type":5}', invalid("'type' takes a string, got 5")],
    ['{"topic":"a","data":1,"type":""}', invalid(`'type' takes 1 to 64 bytes of UTF-8, got ""`)],
    [
      '{"topic":"a","data":1,"type":"_x"}',
      invalid(`'type' takes a type that is not reserved for the server, got "_x"`),
    ],
    ['{"topic":"a","data":1,"id":1}', invalid("Unknown field 'id'")],
    ['{"topic":"a","data":1,"__proto__":{}}', invalid("Unknown field '__proto__'")],
    ['{"topic":"a","data":1,"constructor":1}', invalid("Unknown field 'constructor'")],
    [
      '{"topic":"a b","data":1}',
      invalidTopic("A topic has no white space, control, format or surrogate characters"),
    ],
    ['{"topic":"a*","data":1}', invalidTopic("'*' may only stand at the end, where it makes a pattern")],
    ['{"messages":null}', invalid("'messages' takes a list of messages")],
    ['{"messages":{}}', invalid("'messages' takes a list of messages")],
    ['{"messages":[]}', invalid("'messages' takes a list of messages")],
    ['{"messages":[{"topic":"a","data":1}],"topic":"a"}', invalid("Unknown field 'topic'")],
    ['{"messages":[{"topic":"a","data":1}],"__proto__":1}', invalid("Unknown field '__proto__'")],
    [
      '{"messages":[{"topic":"a","data":1},5]}',
      invalid("messages[1]: A message is an object: {topic, data, type}"),
    ],
    ['{"messages":[{"topic":"a","data":1},{"topic":"b"}]}', invalid("messages[1]: 'data' is missing")],
    [
      '{"messages":[{"topic":"a","data":1},{"topic":"b","data":1},{"topic":".","data":1}]}',
      invalidTopic("messages[2]: A topic is not '.' or '..'"),
    ],
    ['{"messages":[{"topic":"a","data":1,"x":1}]}', invalid("messages[0]: Unknown field 'x'")],
    [
      `{"messages":[${'{"topic":"a","data":1},'.repeat(3)}{"topic":"a","data":1}]}`,
      tooLarge("'messages' takes at most 3 messages, got 4"),
    ],
  ];
  test.each(wrong)("%s", async (body, fault) => {
    expect(await parse(body)).toEqual(fault);
  });

  test("what is not UTF-8", async () => {
    const bytes = new TextEncoder().encode('{"topic":"a","data":"?"}');
    bytes[bytes.indexOf(63)] = 0xff;
    expect(await parse(bytes)).toEqual(NOT_JSON);
  });
});

describe("size", () => {
  const message = (bytes: number) => {
    const spare = bytes - '{"topic":"a","data":""}'.length;
    return { topic: "a", data: "é".repeat(Math.floor(spare / 2)) + "x".repeat(spare % 2) };
  };

  test("each message has its own limit, in bytes", async () => {
    expect(await parse(JSON.stringify(message(200)))).toMatchObject({ messages: [message(200)] });
    expect(await parse(JSON.stringify(message(201)))).toEqual(tooLarge("A message has at most 200 bytes"));
    const batch = [message(200), message(200)];
    expect(await parse(JSON.stringify({ messages: batch }))).toMatchObject({ messages: batch });
    expect(await parse(JSON.stringify({ messages: [message(200), message(201)] }))).toEqual(
      tooLarge("messages[1]: A message has at most 200 bytes"),
    );
  });
});

describe("depth", () => {
  const single = (depth: number) => `{"topic":"a","data":${nested(depth - 1)}}`;

  test("each message has its own limit", async () => {
    expect(await parse(single(4))).toMatchObject({ isBatch: false });
    expect(await parse(single(5))).toEqual(TOO_DEEP);
    expect(await parse(`{"messages":[${single(4)},${single(4)}]}`)).toMatchObject({ isBatch: true });
    expect(await parse(`{"messages":[${single(4)},${single(5)}]}`)).toMatchObject({
      status: 400,
      message: expect.stringContaining("JSON is nested deeper than 4 levels"),
    });
  });

  test("is looked at before a parser would give up", async () => {
    expect(await parse("[".repeat(500_000))).toMatchObject({ status: 400, code: "invalid_message" });
  });
});

describe("grants", () => {
  const principal = { user: "alex", isAdmin: false, claims: {} };
  const batch = (...topics: string[]) => ({
    messages: topics.map((topic) => ({ topic, data: 1 })),
    isBatch: true,
  });
  const single = (topic: string) => ({ ...batch(topic), isBatch: false });
  const notSecret: Authorize = async (_, action, topic) => action === "publish" && topic !== "secret";

  test("all of a batch, or nothing of it", async () => {
    expect(await grantFault(notSecret, principal, batch("a", "b"))).toBeUndefined();
    expect(await grantFault(notSecret, principal, batch("a", "secret", "b", "secret"))).toEqual({
      status: 403,
      code: "forbidden",
      message: "messages[1]: No grant to publish to topic 'secret'",
    });
  });

  test("one message is named without an index, one in a list with it", async () => {
    expect(await grantFault(notSecret, principal, single("secret"))).toEqual({
      status: 403,
      code: "forbidden",
      message: "No grant to publish to topic 'secret'",
    });
    expect(await grantFault(notSecret, principal, batch("secret"))).toMatchObject({
      message: "messages[0]: No grant to publish to topic 'secret'",
    });
  });

  test("what cannot be decided rejects", async () => {
    const away: Authorize = () => Promise.reject(new Error("away"));
    await expect(grantFault(away, principal, single("a"))).rejects.toThrow("away");
  });
});

describe("a direct message", () => {
  const direct = (body: string) => parseDirect(new TextEncoder().encode(body), LIMITS);

  test.each([{ data: null }, { data: [1], type: "note" }, { data: "", topic: "task:1" }])(
    "%j is one",
    (message) => {
      expect(direct(JSON.stringify(message))).toEqual(message);
    },
  );

  test.each<[string, Fault<400 | 413>]>([
    ["", NOT_JSON],
    ["[]", notJson("one JSON object is expected, {data, type, topic}")],
    ["{}", invalid("'data' is missing")],
    ['{"data":1,"retain":true}', invalid("Unknown field 'retain'")],
    ['{"data":1,"topic":null}', invalid("'topic' takes a string, got null")],
    ['{"data":1,"topic":"a*"}', invalidTopic("'*' may only stand at the end, where it makes a pattern")],
    ['{"data":1,"topic":""}', invalidTopic("A topic has at least one character")],
    [`{"data":${nested(4)}}`, TOO_DEEP],
    [`{"data":"${"x".repeat(200)}"}`, tooLarge("A message has at most 200 bytes")],
  ])("%s is none", (body, fault) => {
    expect(direct(body)).toEqual(fault);
  });
});
