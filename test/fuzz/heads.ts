import type { Random } from "../support/random.ts";
import { isOneOf100, mutated, randomBytes } from "./mutate.ts";
import { crowd, expiredToken, foreignToken, operator } from "./people.ts";

/** A request, still in its parts. */
interface Draft {
  method: string;
  target: string;
  version: string;
  headers: [name: string, value: string][];
  body: string;
  lineEnd: string;
}

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "CONNECT",
  "get",
  "G ET",
  "PRI",
  "",
];
const TARGETS = [
  ...[
    "//",
    "*",
    "/..",
    "/%2e%2e",
    "/ws/",
    "/ws//",
    "//ws",
    "/ws%00",
    "/ws?",
    "/ws#x",
    "ws",
    "?",
    "/%",
    "/%zz",
    "/%ff",
  ],
  ...[
    "http://elsewhere.example/ws",
    "http://[/ws",
    "/topics/%00/history",
    "/topics/%e2%80%ae/presence",
    "\\",
    "/é",
  ],
  ...[
    "/users/%F0%9F/messages",
    `/${"x".repeat(5000)}`,
    `/ws?token=${"x".repeat(9000)}`,
    "/sse?topic=%ff",
    "javascript:1",
  ],
];
const VERSIONS = ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "http/1.1", "HTTP/1.1 ", "", "XTTP/1.1"];
const NAMES = [
  ...[
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Upgrade",
    "Expect",
    "Cookie",
    "Origin",
    "X",
  ],
  ...["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"],
  ...[
    "Authorization",
    "Last-Event-ID",
    "Idempotency-Key",
    "Trailer",
    "HTTP2-Settings",
    "",
    "a b",
    "é",
    "__proto__",
  ],
];
const VALUES = [
  ...[
    "",
    " ",
    "x",
    "0",
    "-1",
    "5",
    "0x5",
    "1e9",
    "99999999999999999999",
    "chunked",
    "chunked, identity",
    "close",
    "keep-alive",
  ],
  ...[
    "Upgrade",
    "websocket",
    "h2c",
    "100-continue",
    "topichub.v1,topichub.v1",
    "bearer.x",
    "Bearer",
    "Bearer x",
    "null",
  ],
  ...[
    "permessage-deflate",
    "https://elsewhere.example",
    "a\rb",
    "a\nb",
    "a\r\n b",
    "\u0000",
    "é",
    "x".repeat(9000),
  ],
  ...["x".repeat(40_000), "access_token_cookie=x", "[::1", "a,b", ",", ";", '"'],
];

/** The bytes of one request, most with something wrong in its parts or its bytes. */
export function headOf(random: Random): Buffer {
  const draft = draftOf(random);
  const roll = random.below(100);
  if (roll < 70) for (let left = 1 + random.below(3); left > 0; left--) spoil(random, draft);
  const bytes = encoded(draft);
  return roll < 45 || roll >= 95 ? bytes : mutated(random, bytes, () => encoded(draftOf(random)));
}

function encoded({ method, target, version, headers, body, lineEnd }: Draft): Buffer {
  const lines = [
    `${method} ${target} ${version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ];
  return Buffer.from(lines.join(lineEnd) + body);
}

const UPGRADE: [string, string][] = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
];

/** A request as it should be. */
function draftOf(random: Random): Draft {
  const user = random.of(crowd).token;
  const [own, rest] = [(token: string): [string, string] => ["Authorization", `Bearer ${token}`], "HTTP/1.1"];
  const token = isOneOf100(random, 85) ? user : random.of([expiredToken, foreignToken, "", "x".repeat(9000)]);
  const request = (method: string, target: string, headers: [string, string][], body = ""): Draft => {
    const length: [string, string][] =
      body === "" ? [] : [["Content-Length", String(Buffer.byteLength(body))]];
    const all: [string, string][] = [["Host", "127.0.0.1"], ...headers, ...length];
    return { method, target, version: rest, headers: all, body, lineEnd: "\r\n" };
  };
  const publication = JSON.stringify({ topic: "a", data: random.below(1000) });
  const chunked = `${publication.length.toString(16)}\r\n${publication}\r\n0\r\n\r\n`;
  return random.of([
    () => request("GET", "/ws", [...UPGRADE, own(token)]),
    () => request("GET", `/ws?token=${token}`, UPGRADE),
    () => request("GET", "/ws", [...UPGRADE, ["Cookie", `access_token_cookie=${token}`]]),
    () => request("GET", "/ws", [...UPGRADE, ["Sec-WebSocket-Protocol", `topichub.v1, bearer.${token}`]]),
    () => request("GET", "/sse?topic=a&topic=event:*", [own(token), ["Last-Event-ID", "x"]]),
    () => request("POST", "/publish", [own(token)], publication),
    () => ({ ...request("POST", "/publish", [own(token), ["Transfer-Encoding", "chunked"]]), body: chunked }),
    () => request("POST", "/users/no-one/messages", [own(operator.token)], '{"data":1}'),
    () => request("DELETE", "/users/no-one/subscriptions/event:*", [own(operator.token)]),
    () => request("GET", "/topics/event:1/history?limit=5", [own(token)]),
    () => request("GET", "/topics/a/presence", [own(token)]),
    () => request("GET", random.of(["/topics?limit=2", "/connections?limit=2"]), [own(operator.token)]),
    () => request("GET", random.of(["/healthz", "/readyz", "/", "/metrics", "/client.js", "/no-such"]), []),
  ])();
}

function spoil(random: Random, draft: Draft): void {
  const at = random.below(draft.headers.length + 1);
  const [name, value] = draft.headers[at] ?? ["X", "x"];
  random.of([
    () => {
      draft.method = random.of(METHODS);
    },
    () => {
      draft.target = isOneOf100(random, 70)
        ? random.of(TARGETS)
        : draft.target + randomBytes(random, 4).toString("latin1");
    },
    () => {
      draft.version = random.of(VERSIONS);
    },
    () => draft.headers.splice(at, 1),
    () => draft.headers.splice(at, 1, [random.of(NAMES), value]),
    () => draft.headers.splice(at, 1, [name, random.of(VALUES)]),
    () => draft.headers.splice(at, 0, [random.of(NAMES), random.of(VALUES)]),
    () => draft.headers.splice(at, 0, [name, value]),
    () =>
      draft.headers.push(...Array.from({ length: random.below(150) }, (): [string, string] => ["X", "x"])),
    () => {
      draft.lineEnd = random.of(["\n", "\r", "\r\n ", "\r\r\n"]);
    },
    () => {
      draft.body = random.of([
        "",
        "{",
        `${draft.body}x`,
        "5\r\nhello\r\n0\r\n\r\n",
        "zz\r\n",
        "-1\r\n",
        "x".repeat(70_000),
      ]);
    },
  ])();
}
