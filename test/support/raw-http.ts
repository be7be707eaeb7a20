import { within } from "./deadline.ts";
import { type HeaderPair, type RawResponse, responseTo } from "./http-response.ts";
import { type At, type Bytes, connectRaw, urlOf } from "./raw-connection.ts";

export type { HeaderPair, RawHeaders, RawResponse } from "./http-response.ts";
export { type At, connectRaw, type RawConnection } from "./raw-connection.ts";

export interface RawRequest {
  method?: string;
  /** What stands in the request line, sent as it is: no URL parser sees it. */
  target?: string;
  /** Sent in this order and spelling. `Host` and `Content-Length` are added where they are missing. */
  headers?: readonly HeaderPair[];
  body?: Bytes;
  /** Adds no header. */
  bare?: boolean;
  /** Sends a FIN after the request and reads on. */
  half?: boolean;
  ms?: number;
}

/** The bytes of a request, as `rawRequest` sends them. */
export function requestBytes(at: At, request: RawRequest): Buffer {
  const { method = "GET", target = "/", headers = [], body = "", bare = false } = request;
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const bytes = Buffer.from(body);
  const added: HeaderPair[] = [];
  if (!bare && !has("host")) added.push(["Host", urlOf(at).host]);
  if (!bare && bytes.length > 0 && !has("content-length") && !has("transfer-encoding"))
    added.push(["Content-Length", String(bytes.length)]);
  const lines = [...added, ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`), bytes]);
}

/** One request on a connection of its own, which is reset once the response is there. */
export async function rawRequest(at: At, request: RawRequest = {}): Promise<RawResponse> {
  const { method = "GET", target = "/", ms = 5000 } = request;
  const connection = await connectRaw(at, ms);
  try {
    connection.write(requestBytes(at, request));
    if (request.half) connection.end();
    return await connection.take(responseTo(method), ms, `a response to ${method} ${target}`);
  } finally {
    connection.reset();
  }
}

/** Sends `bytes` and gives what came back until the server closed, or until `ms` passed. */
export async function rawBytes(at: At, bytes: Bytes, ms = 5000): Promise<{ text: string; closed: boolean }> {
  const connection = await connectRaw(at, ms);
  const chunks: Buffer[] = [];
  connection.readWith((chunk) => chunks.push(chunk));
  connection.write(bytes);
  const closed = await within(connection.ended, ms, "the end").then(
    () => true,
    () => false,
  );
  connection.reset();
  return { text: Buffer.concat(chunks).toString(), closed };
}
