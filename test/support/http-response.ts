import type { Parse } from "./raw-connection.ts";

export type HeaderPair = readonly [name: string, value: string];

/** A response as it came over the wire. */
export interface RawResponse {
  status: number;
  reason: string;
  headers: RawHeaders;
  body: string;
}

/** Headers in the order and spelling in which they were sent. */
export interface RawHeaders {
  readonly pairs: readonly HeaderPair[];
  /** All values of `name`, whatever its case. */
  all(name: string): string[];
  /** They joined by a comma; undefined where there are none. */
  get(name: string): string | undefined;
}

function rawHeaders(pairs: readonly HeaderPair[]): RawHeaders {
  const all = (name: string) =>
    pairs.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return { pairs, all, get: (name) => (all(name).length > 0 ? all(name).join(", ") : undefined) };
}

/** Parses one final response (interim ones are skipped). RFC 9112, section 6.3 says where its body ends. */
export function responseTo(method: string): Parse<RawResponse> {
  const parse: Parse<RawResponse> = (bytes, hasEnded) => {
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd < 0) return undefined;
    const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
    const [, code, reason = ""] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(statusLine) ?? [];
    if (code === undefined) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
    const status = Number(code);
    const start = headEnd + 4;
    if (status < 200 && status !== 101) {
      const final = parse(bytes.subarray(start), hasEnded);
      return final && { value: final.value, used: start + final.used };
    }
    const headers = rawHeaders(lines.map(pair));
    const hasBody = method !== "HEAD" && status !== 101 && status !== 204 && status !== 304;
    const body = hasBody ? bodyOf(bytes.subarray(start), headers, hasEnded) : { value: "", used: 0 };
    return body && { value: { status, reason, headers, body: body.value }, used: start + body.used };
  };
  return parse;
}

function pair(line: string): HeaderPair {
  const colon = line.indexOf(":");
  if (colon < 1) throw new Error(`not a header: ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function bodyOf(bytes: Buffer, headers: RawHeaders, hasEnded: boolean) {
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return dechunked(bytes);
  const length = headers.get("content-length");
  if (length === undefined) return hasEnded ? { value: bytes.toString(), used: bytes.length } : undefined;
  const used = Number(length);
  return bytes.length < used ? undefined : { value: bytes.toString("utf8", 0, used), used };
}

/** The chunks joined, once the last one and its trailer are there. */
function dechunked(bytes: Buffer): { value: string; used: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-f]+(;.*)?$/i.test(line)) throw new Error(`not a chunk's size: ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) {
      const hasTrailer = bytes.indexOf("\r\n", at) !== at;
      const end = hasTrailer ? bytes.indexOf("\r\n\r\n", at) + 4 : at + 2;
      if (end < at + 2 || end > bytes.length) return undefined;
      return { value: Buffer.concat(chunks).toString(), used: end };
    }
    if (bytes.length < at + size + 2) return undefined;
    chunks.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}
