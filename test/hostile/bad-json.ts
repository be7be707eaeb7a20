/** What `in` finds in every object, or once wrote to all of them. */
export const INHERITED = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "toJSON",
  "then",
] as const;

const BYTES = 65_536;

/** Data as it is sent, and what it is as JSON to who gets it. */
export function unchanged(): [given: string, expected: string][] {
  const same = [
    '{"__proto__":{"polluted":true}}',
    '{"__proto__":null}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"a":{"__proto__":{"toString":1}},"__proto__":[1]}',
    '{"toString":null,"valueOf":1,"toJSON":"x","then":"y","hasOwnProperty":0,"length":-1}',
    '{"data":1,"type":"gap","topic":"other","offset":7,"status":"error","direct":true}',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '{"\\ud800":"\\udfff"}',
    '"\\u0000"',
    '"\\u0000\\b\\u001b[31m\\r\\n\\ndata: x\\n\\n"',
    '"\u2028\u2029\u0085\u202e\ufeff\u{e0001}"',
    '""',
    "null",
    "false",
    '{"":{"":[]}}',
    "0.1",
    "1e+300",
    `"${"x".repeat(60_000)}"`,
    `{"${"k".repeat(60_000)}":0}`,
    `[${Array(30_000).fill("0").join()}]`,
    `{${Array.from({ length: 6_000 }, (_, at) => `"k${at}":0`).join()}}`,
  ];
  const digits = "9".repeat(400);
  return [
    ...same.map((text): [string, string] => [text, text]),
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"__proto__":1,"__proto__":2}', '{"__proto__":2}'],
    ["1e400", "null"],
    ["-1e400", "null"],
    [digits, "null"],
    ["-0", "0"],
    ["1e-400", "0"],
    ["9007199254740993", "9007199254740992"],
    ["[1e999,[-0]]", "[null,[0]]"],
    [' {"a" :\n1 } ', '{"a":1}'],
  ];
}

/** Requests with a number that is too much for its field, and what is to be in the reply. */
export function numbers(): [text: string, expected: object][] {
  const digits = "9".repeat(400);
  const refused = { status: "error", code: "invalid_message" };
  const kept = (rest: string) => `{"action":"history","topic":"kept:numbers",${rest}}`;
  const since = (offset: string) => `{"epoch":"e","offset":${offset}}`;
  const huge = ["1e400", "-1e400", digits];
  const wrong = [...huge, "-1", "1.5", "9007199254740992", '"1"', "null", "true", "[1]", "{}"];
  return [
    ...huge.map((id): [string, object] => [`{"action":"ping","id":${id}}`, refused]),
    ...wrong.map((limit): [string, object] => [kept(`"limit":${limit}`), refused]),
    ...wrong.map((offset): [string, object] => [kept(`"since":${since(offset)}`), refused]),
    ...wrong.map((offset): [string, object] => [
      `{"action":"subscribe","topic":"kept:numbers","since":${since(offset)}}`,
      refused,
    ]),
    ...wrong.map((floor): [string, object] => [
      `{"action":"subscribe","topic":"kept:*","since":{"epoch":"e","floor":${floor},"offsets":{}}}`,
      refused,
    ]),
    ...wrong.map((offset): [string, object] => [
      `{"action":"subscribe","topic":"kept:*","since":{"epoch":"e","floor":0,"offsets":{"kept:x":${offset}}}}`,
      refused,
    ]),
    [kept('"limit":1001'), refused],
    [kept('"limit":1e3'), { status: "success", publications: [] }],
    [kept('"limit":0'), { status: "success", publications: [] }],
    [kept('"limit":-0'), { status: "success", publications: [] }],
    [kept(`"since":${since("9007199254740991")}`), { status: "success", recovered: false }],
    [`{"action":"ping","id":-0}`, { message: "pong", id: 0 }],
    [`{"action":"ping","id":9007199254740993}`, { message: "pong", id: 9007199254740992 }],
    [`{"action":"ping","id":1e300}`, { message: "pong", id: 1e300 }],
    [`{"action":"ping","id":5e-324}`, { message: "pong", id: 5e-324 }],
    [`{"action":"ping","id":""}`, { message: "pong", id: "" }],
    [`{"action":"ping","id":"\\ud800\\u0000\\n"}`, { message: "pong", id: "\ud800\0\n" }],
    [`{"action":"ping","id":"__proto__"}`, { message: "pong", id: "__proto__" }],
    [`{"action":"ping","id":"${"é".repeat(32)}"}`, { message: "pong" }],
    [`{"action":"ping","id":"${"é".repeat(33)}"}`, refused],
    [`{"action":"ping","id":"${"x".repeat(60_000)}"}`, refused],
  ];
}

/** What some parser takes for an object, and JSON does not. */
export function texts(): string[] {
  const good = '{"action":"ping"}';
  return [
    `\uFEFF${good}`,
    `${good}x`,
    `${good}${good}`,
    `${good},`,
    `${good}\0`,
    `\0${good}`,
    `\v${good}`,
    `\u00a0${good}`,
    `\u2028${good}`,
    `${good}\u0085`,
    `/**/${good}`,
    `${good}//`,
    `#\n${good}`,
    `[${good}]`,
    JSON.stringify(good),
    '{"action":"ping",}',
    "{'action':'ping'}",
    '{action:"ping"}',
    '{"action":"ping","id":NaN}',
    '{"action":"ping","id":Infinity}',
    '{"action":"ping","id":undefined}',
    '{"action":"ping","id":0x10}',
    '{"action":"ping","id":01}',
    '{"action":"ping","id":+1}',
    '{"action":"ping","id":.5}',
    '{"action":"ping","id":5.}',
    '{"action":"ping","id":1n}',
    '{"action":"ping","id":1e}',
    '{"action":"ping","id":"\n"}',
    '{"action":"ping","id":"\u0001"}',
    '{"action":"ping","id":"\\x41"}',
    '{"action":"ping","id":"\\u12"}',
    '{"action":"ping" "id":1}',
    '{"action":"ping"',
    '{"action":"pin',
    "{",
    "}",
    "NaN",
    "undefined",
    "-",
    "nul",
    "\0",
    " ",
  ];
}

/** A message that is as long as one may be. */
interface Packed {
  name: string;
  text: string;
  code: string | undefined;
  /** True where what it was filled with must not come back in the message. */
  isShort?: boolean;
}

export function packed(): Packed[] {
  const fill = (head: string, tail: string, unit = "x") =>
    head + unit.repeat((BYTES - head.length - tail.length) / unit.length) + tail;
  const keys = Array.from({ length: 7_000 }, (_, at) => `"${at.toString(36)}":0`).join();
  return [
    { name: "one key", text: fill('{"', '":1}'), code: "missing_field" },
    {
      name: "an unknown field",
      text: fill('{"action":"ping","', '":1}'),
      code: "invalid_message",
      isShort: true,
    },
    { name: "an action", text: fill('{"action":"', '"}'), code: "unknown_action", isShort: true },
    {
      name: "a topic",
      text: fill('{"action":"presence","topic":"', '"}'),
      code: "invalid_topic",
      isShort: true,
    },
    { name: "escapes", text: fill('{"action":"presence","topic":"', '"}', "\\u0000"), code: "invalid_topic" },
    {
      name: "a number",
      text: fill('{"action":"ping","id":1', "}", "0"),
      code: "invalid_message",
      isShort: true,
    },
    { name: "zeros", text: fill('{"action":"ping","id":1.', "1}", "0"), code: undefined },
    {
      name: "brackets in a string",
      text: fill('{"action":"publish","topic":"x","data":"', '"}', "[{"),
      code: undefined,
    },
    { name: "quotes", text: fill('{"action":"publish","topic":"x","data":"', '"}', '\\"'), code: undefined },
    { name: "spaces", text: fill('{"action":"ping"', "}", " "), code: undefined },
    { name: "many keys", text: `{"action":"ping",${keys}}`, code: "invalid_message", isShort: true },
    {
      name: "a list of nothing",
      text: `{"action":"subscribe","topics":[${Array(30_000).fill(0).join()}]}`,
      code: "invalid_message",
      isShort: true,
    },
    {
      name: "a list of lists",
      text: `{"action":"subscribe","topics":[${Array(20_000).fill("[]").join()}]}`,
      code: "invalid_message",
      isShort: true,
    },
  ];
}
