import { createHash, randomBytes } from "node:crypto";
import { type HeaderPair, type RawHeaders, responseTo } from "./http-response.ts";
import { type At, type Bytes, connectRaw } from "./raw-connection.ts";
import { requestBytes } from "./raw-http.ts";
import { openRawSocket, type RawSocket, type RawSocketOptions } from "./raw-socket.ts";

export type { Closed, Control, RawSocket } from "./raw-socket.ts";

export interface UpgradeOptions extends RawSocketOptions {
  path?: string;
  method?: string;
  /** They take the place of the handshake's own headers of that name; `undefined` leaves one out. */
  headers?: Readonly<Record<string, string | undefined>> | readonly HeaderPair[];
  protocols?: readonly string[];
  /** Sent in the same write as the request: frames that come before the 101. */
  extraBytes?: Bytes;
  ms?: number;
}

export interface Refused {
  upgraded: false;
  status: number;
  headers: RawHeaders;
  body: string;
  /** The body parsed; undefined where it is no JSON. */
  json: unknown;
}
export interface Upgraded {
  upgraded: true;
  status: 101;
  headers: RawHeaders;
  /** The subprotocol that the server selected. */
  protocol: string | undefined;
  socket: RawSocket;
}

/** A WebSocket handshake by hand: what was refused can be looked at, what was accepted is open. */
export async function rawUpgrade(at: At, options: UpgradeOptions = {}): Promise<Refused | Upgraded> {
  const { path = "/ws", method = "GET", ms = 5000 } = options;
  const key = randomBytes(16).toString("base64");
  const connection = await connectRaw(at, ms);
  try {
    const request = requestBytes(at, { method, target: path, headers: handshake(key, options) });
    connection.write(Buffer.concat([request, Buffer.from(options.extraBytes ?? "")]));
    const answer = await connection.take(responseTo(method), ms, `an answer to the upgrade of ${path}`);
    const { status, headers, body } = answer;
    if (status !== 101) {
      connection.reset();
      return { upgraded: false, status, headers, body, json: jsonOf(body) };
    }
    if (headers.get("sec-websocket-accept") !== acceptOf(key))
      throw new Error(`a wrong Sec-WebSocket-Accept: ${headers.get("sec-websocket-accept")}`);
    const protocol = headers.get("sec-websocket-protocol");
    return { upgraded: true, status, headers, protocol, socket: openRawSocket(connection, options) };
  } catch (error) {
    connection.reset();
    throw error;
  }
}

/** A socket for a test that takes the upgrade for granted. */
export async function openSocket(at: At, options: UpgradeOptions = {}): Promise<RawSocket> {
  const answer = await rawUpgrade(at, options);
  if (!answer.upgraded) throw new Error(`refused with ${answer.status}: ${answer.body}`);
  return answer.socket;
}

function handshake(key: string, { headers = [], protocols = [] }: UpgradeOptions): HeaderPair[] {
  const given = Array.isArray(headers) ? (headers as readonly HeaderPair[]) : Object.entries(headers);
  const own: HeaderPair[] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", key],
  ];
  if (protocols.length > 0) own.push(["Sec-WebSocket-Protocol", protocols.join(", ")]);
  const replaced = new Set(given.map(([name]) => name.toLowerCase()));
  const kept = own.filter(([name]) => !replaced.has(name.toLowerCase()));
  return [...kept, ...given.filter((pair): pair is HeaderPair => pair[1] !== undefined)];
}

/** RFC 6455, section 4.2.2. */
function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
