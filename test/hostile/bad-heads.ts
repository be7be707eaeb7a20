import type { Bytes } from "../support/raw-connection.ts";

/** A part of a head under a name, and what may become of it where it may be more than refused. */
export type Part = readonly [name: string, bytes: Bytes, fate?: RegExp];

const KB = 1024;
const SERVED_OR_REFUSED = /^(200|4\d\d|closed)/;

/** What may stand in a request line, and is none of our routes but where it says so. */
export function strangeTargets(host: string, port: number): Part[] {
  return [
    ["our own, absolute", `http://${host}:${port}/healthz`, /^200/],
    ["another's, absolute", "http://evil.example/healthz", SERVED_OR_REFUSED],
    ["with a user", `http://a:b@${host}:${port}/healthz`, SERVED_OR_REFUSED],
    ["another scheme", "ftp://evil.example/ws"],
    ["a file", "file:///etc/passwd"],
    ["no scheme", "javascript:alert(1)"],
    ["authority", `${host}:${port}`],
    ["star", "*"],
    ["empty", ""],
    ["two slashes", "//"],
    ["two slashes and a name", "//ws"],
    ["three slashes", "///ws"],
    ["two slashes and ours", `//${host}:${port}/ws`],
    ["a slash behind", "/ws/"],
    ["an empty query", "/ws?"],
    ["a fragment", "/ws#x"],
    ["a fragment with a query", "/ws#?token=x"],
    ["relative", "ws"],
    ["dots", "/../../ws"],
    ["back slashes", "\\ws"],
    ["a space", "/ws /x"],
    ["a tab", "/ws\tx"],
    ["NUL", "/ws\0"],
    ["DEL", "/ws\x7f"],
    ["8-bit", Buffer.from([0x2f, 0xff, 0xfe, 0x80])],
    ["UTF-8 as it is", Buffer.from("/ws/ö\u{1f600}")],
    ["8 KB", `/${"a".repeat(8 * KB)}`],
    ["64 KB", `/${"a".repeat(64 * KB)}`],
    ["1 MB", `/${"a".repeat(KB * KB)}`],
    ["64 KB of query", `/ws?${"a".repeat(64 * KB)}`],
    ["64 KB of slashes", "/".repeat(64 * KB)],
  ];
}

/** Lines of a head that no grammar has, or of which there are too many. */
export const STRANGE_HEADERS: readonly Part[] = [
  ["64 KB in one", `X-Long: ${"a".repeat(64 * KB)}\r\n`],
  ["64 KB of name", `X-${"a".repeat(64 * KB)}: 1\r\n`],
  ["1,000", Array.from({ length: 1000 }, (_, at) => `X-${at}: 1\r\n`).join(""), SERVED_OR_REFUSED],
  ["without a colon", "Nonsense\r\n"],
  ["without a name", ": x\r\n"],
  ["folded", "X-A: a\r\n b\r\n", SERVED_OR_REFUSED],
  ["a folded first", " X-A: a\r\n"],
  ["bare LF", "X-A: a\nX-B: b\r\n", SERVED_OR_REFUSED],
  ["bare CR", "X-A: a\rX-B: b\r\n"],
  ["CR alone", "\rX-B: b\r\n"],
  ["NUL in a value", "X-A: a\0b\r\n"],
  ["NUL in a name", "X-\0: a\r\n"],
  ["a space before the colon", "X-A : a\r\n"],
  ["8-bit in a name", Buffer.from([0x58, 0xff, 0x3a, 0x61, 13, 10])],
];
