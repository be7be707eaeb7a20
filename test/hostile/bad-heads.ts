/** The headers of a handshake beside `Host`. */
export const UPGRADE =
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

interface Case {
  name: string;
  bytes: Buffer;
  /** What may be answered besides 4xx, where a head can be taken for what it says. */
  takes: readonly number[];
}

/** Heads as no client of ours sends them; RFC 9112 leaves some of them to the server. */
export function oddHeads(token: string): Case[] {
  const close = "Connection: close\r\n";
  const get = (target: string, headers = `Host: x\r\n${close}`) => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;
  const ws = (headers: string, target = "/ws") =>
    `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`;
  const targets: [target: string, takes?: readonly number[]][] = [
    ["http://x/healthz", [200]],
    ["http://elsewhere.example/healthz", [200]],
    ["http://x@elsewhere.example:99999/healthz", [200]],
    ["ftp://x/healthz", [200]],
    ["x:80"],
    ["*"],
    ["//"],
    ["//healthz"],
    ["///"],
    ["/healthz/"],
    ["/healthz?", [200]],
    ["/healthz#x", [200]],
    ["/healthz;x"],
    ["/./healthz", [200]],
    ["/x/../healthz", [200]],
    ["/%68ealthz", [200]],
    ["/healthz\u0000"],
    ["/healthz\u00ff"],
    ["/\u00c3\u00a9"],
    ["healthz"],
    ["?topic=a", [200]],
    [`/${"a".repeat(8_000)}`],
    [`/${"a".repeat(65_536)}`],
    [`/healthz?${"a".repeat(1_000_000)}`],
  ];
  const heads: [name: string, text: string, takes?: readonly number[]][] = [
    ["a header of 64 KB", get("/healthz", `Host: x\r\nX: ${"a".repeat(65_536)}\r\n${close}`), [200]],
    ["a thousand headers", get("/healthz", `Host: x\r\n${"X: a\r\n".repeat(1000)}${close}`), [200]],
    ["a header without a colon", get("/healthz", `Host: x\r\nno colon\r\n${close}`)],
    ["a header without a name", get("/healthz", `Host: x\r\n: a\r\n${close}`)],
    ["a space before the colon", get("/healthz", `Host: x\r\nX : a\r\n${close}`), [200]],
    ["a folded header", get("/healthz", `Host: x\r\nX: a\r\n b\r\n${close}`), [200]],
    ["a NUL in a header", get("/healthz", `Host: x\r\nX: a\u0000b\r\n${close}`), [200]],
    ["bare LF", get("/healthz").replaceAll("\r\n", "\n"), [200]],
    ["bare CR", `${get("/healthz").replaceAll("\r\n", "\r")}\r\n\r\n`],
    ["two Host", get("/healthz", `Host: x\r\nHost: y\r\n${close}`), [200]],
    ["no Host", get("/healthz", close), [200]],
    ["an empty Host", get("/healthz", `Host: \r\n${close}`), [200]],
    ["HTTP/1.0", `GET /healthz HTTP/1.0\r\n${close}\r\n`, [200]],
    ["HTTP/0.9", `GET /healthz\r\n${close}\r\n`, [200]],
    ["HTTP/3.7", `GET /healthz HTTP/3.7\r\nHost: x\r\n${close}\r\n`],
    ["http/1.1", `GET /healthz http/1.1\r\nHost: x\r\n${close}\r\n`],
    ["a lower-case method", `get /healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
    ["a method of its own", `FLY /healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
    ["CONNECT", `CONNECT x:80 HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
    ["TRACE", `TRACE /healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
    ["an HTTP/2 preface", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${close}`],
    ["a kilobyte of zeros", "\u0000".repeat(1024)],
    ["two Upgrade", ws(`${UPGRADE}Upgrade: h2c\r\n`), [101]],
    ["two Connection", ws(`${UPGRADE}Connection: keep-alive\r\n`), [101]],
    ["two Sec-WebSocket-Key", ws(`${UPGRADE}Sec-WebSocket-Key: BBBBBBBBBBBBBBBBBBBBBB==\r\n`), [101]],
    ["two Sec-WebSocket-Version", ws(`${UPGRADE}Sec-WebSocket-Version: 8\r\n`), [101]],
    ["an upgrade with a body", ws(`${UPGRADE}Content-Length: 5\r\n`, "/ws"), [101]],
    ["an upgrade that is chunked", ws(`${UPGRADE}Transfer-Encoding: chunked\r\n`), [101]],
    ["an upgrade by HTTP/1.0", ws(UPGRADE).replace("HTTP/1.1", "HTTP/1.0"), [101]],
    ["an upgrade of /ws/", ws(UPGRADE, "/ws/")],
    ["an upgrade of /ws?", ws(UPGRADE, "/ws?"), [101]],
    ["an upgrade of /ws#x", ws(UPGRADE, "/ws#x"), [101]],
    ["an upgrade in absolute form", ws(UPGRADE, "http://x/ws"), [101]],
    ["an upgrade of //ws", ws(UPGRADE, "//ws")],
    ["an upgrade of /%77s", ws(UPGRADE, "/%77s"), [101]],
  ];
  // What a TLS client says first. RFC 8446, section 4.1.2.
  const hello = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), Buffer.alloc(506, 7)]);
  return [
    ...targets.map(([target, takes]) => ({
      name: `the target ${JSON.stringify(target.slice(0, 50))}`,
      bytes: Buffer.from(get(target), "latin1"),
      takes: takes ?? [],
    })),
    ...heads.map(([name, text, takes]) => ({ name, bytes: Buffer.from(text, "latin1"), takes: takes ?? [] })),
    { name: "a TLS client", bytes: hello, takes: [] },
  ];
}

/** The routes with a name in their path: what stands before it and after it. */
export const PATHS: readonly [method: string, before: string, after: string][] = [
  ["GET", "/topics/", "/history"],
  ["GET", "/topics/", "/presence"],
  ["POST", "/users/", "/messages"],
  ["DELETE", "/users/", "/connections"],
  ["DELETE", "/users/x/subscriptions/", ""],
  ["DELETE", "/users/", "/subscriptions/a"],
  ["POST", "/connections/", "/messages"],
  ["DELETE", "/connections/", ""],
];

/** Escapes, and what looks like them, that stand in a path in a name's place. */
export function oddPaths(): string[] {
  return [
    ...[
      "%00",
      "%",
      "%z",
      "%zz",
      "%2",
      "%2e",
      "%2e%2e",
      "%2E%2e%2f",
      "%2f",
      "%5c",
      "%252e",
      "%25",
      "%c0%80",
      "%ff",
    ],
    ...[
      "%ed%a0%80",
      "%f4%90%80%80",
      "%e2%80%ae",
      "%0d%0aX:%20y",
      "%20",
      "+",
      "%u0041",
      "..",
      ".",
      "\\..\\",
      "a%2fb",
    ],
    ...[
      "%3f",
      "%23",
      "?",
      "#",
      ";",
      "%2a",
      "*",
      "\u00ff",
      "%".repeat(100),
      "%41".repeat(3000),
      "a".repeat(9000),
    ],
  ];
}
