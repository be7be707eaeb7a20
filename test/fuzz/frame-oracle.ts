import { Opcode } from "../support/ws-frames.ts";

/** What a server has to make of the bytes of one connection. */
export interface Reading {
  /** Whole messages: each is to be answered. */
  messages: number;
  /**
   * `open` where all frames are whole; `waits` where more of one is to come; `ends` where the peer closed or broke the
   * rules, so that the connection has to end; `either` where RFC 6455 leaves it to the server.
   */
  outcome: "open" | "waits" | "ends" | "either";
}

const MESSAGE_BYTES = 65_536;

/** Reads a client's frames by RFC 6455, section 5, with this server's limit on messages. */
export function readFrames(bytes: Buffer): Reading {
  let messages = 0;
  let parts: { isText: boolean; payloads: Buffer[]; size: number } | undefined;
  let isLoose = false;
  for (let at = 0; at < bytes.length; ) {
    const frame = frameAt(bytes, at);
    if (frame.outcome) return { messages, outcome: isLoose ? "either" : frame.outcome };
    const { fin, opcode, payload, end } = frame;
    isLoose ||= frame.isLoose;
    at = end;
    if (opcode === Opcode.Close) return { messages, outcome: "ends" };
    if (opcode > Opcode.Close) continue;
    const begins = opcode !== Opcode.Continuation;
    if (begins === (parts !== undefined)) return { messages, outcome: "ends" };
    parts ??= { isText: opcode === Opcode.Text, payloads: [], size: 0 };
    parts.payloads.push(payload);
    parts.size += payload.length;
    if (parts.size > MESSAGE_BYTES) return { messages, outcome: "ends" };
    if (!fin) continue;
    if (parts.isText && !isUtf8(Buffer.concat(parts.payloads))) return { messages, outcome: "ends" };
    messages++;
    parts = undefined;
  }
  // Broken UTF-8 may be seen before its message is whole.
  const isBroken = parts?.isText && !isUtf8(Buffer.concat(parts.payloads), true);
  return { messages, outcome: isBroken || isLoose ? "either" : "open" };
}

interface WholeFrame {
  outcome?: undefined;
  fin: boolean;
  opcode: number;
  payload: Buffer;
  /** True for a length that takes more bytes than it has to: section 5.2 forbids it, and servers differ. */
  isLoose: boolean;
  end: number;
}

/** The frame that begins there; or what comes of one that is not whole, or against the rules as far as it goes. */
function frameAt(bytes: Buffer, at: number): WholeFrame | { outcome: "waits" | "ends" | "either" } {
  if (bytes.length < at + 2)
    return { outcome: bytes.length > at && isWrong(bytes.readUInt8(at)) ? "either" : "waits" };
  const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
  const isControl = (first & 15) >= Opcode.Close;
  const short = second & 0x7f;
  // A server may look at a header once it is whole.
  if (isWrong(first) || second < 0x80 || (isControl && (first < 0x80 || short > 125)))
    return { outcome: bytes.length < at + 6 ? "either" : "ends" };
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  const start = at + 2 + extended + 4;
  if (bytes.length < at + 2 + extended) return { outcome: "waits" };
  const length =
    extended === 8
      ? Number(bytes.readBigUInt64BE(at + 2))
      : extended === 2
        ? bytes.readUInt16BE(at + 2)
        : short;
  const isLoose = (extended === 2 && length < 126) || (extended === 8 && length < 65_536);
  if (length > MESSAGE_BYTES) return { outcome: bytes.length < start ? "either" : "ends" };
  // What is there already may be broken, or too much for a message that was begun.
  if (bytes.length < start + length) return { outcome: "either" };
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let byte = 0; byte < length; byte++) payload[byte] = (payload[byte] ?? 0) ^ (mask[byte & 3] ?? 0);
  return { fin: first >= 0x80, opcode: first & 15, payload, isLoose, end: start + length };
}

function isWrong(first: number): boolean {
  const opcode = first & 15;
  return (first & 0x70) !== 0 || (opcode > Opcode.Binary && opcode < Opcode.Close) || opcode > Opcode.Pong;
}

function isUtf8(bytes: Buffer, stream = false): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream });
    return true;
  } catch {
    return false;
  }
}
