import type { Random } from "../support/random.ts";
import { METHODS, NAMES, TARGETS, VALUES, VERSIONS } from "./head-parts.ts";
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
    () => request("GET", random.of(["/healthz", "/readyz", "/", "/metrics", "/no-such"]), []),
    () => request("GET", random.of(["/client.js", "/client-sse.js"]), []),
    () => request("OPTIONS", random.of(["/sse", "/publish"]), [["Access-Control-Request-Method", "POST"]]),
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
