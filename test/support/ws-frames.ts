import { randomBytes } from "node:crypto";
import type { Bytes } from "./raw-connection.ts";

/** RFC 6455, section 5.2. */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

export interface FrameOptions {
  fin?: boolean;
  /** Any of the sixteen, also a reserved one. */
  opcode?: number;
  /** The three reserved bits, 0 to 7; permessage-deflate's is 4. */
  rsv?: number;
  /** False leaves the mask out, bytes are the key. */
  mask?: boolean | Uint8Array;
  /** The length that the header tells, where it is not the payload's. */
  length?: number;
  /** How many bits the length is written in, where it is not the least that hold it. */
  lengthBits?: 7 | 16 | 64;
}

export interface Frame {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  payload: Buffer;
}

/** A client's frame: masked text, unless told otherwise. */
export function encodeFrame(payload: Bytes = "", options: FrameOptions = {}): Buffer {
  const { fin = true, opcode = Opcode.Text, rsv = 0, mask = true } = options;
  const body = Buffer.from(payload);
  const length = options.length ?? body.length;
  const bits = options.lengthBits ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const header = Buffer.alloc({ 7: 2, 16: 4, 64: 10 }[bits]);
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = (mask ? 0x80 : 0) | { 7: length, 16: 126, 64: 127 }[bits];
  if (bits === 16) header.writeUInt16BE(length, 2);
  if (bits === 64) header.writeBigUInt64BE(BigInt(length), 2);
  if (!mask) return Buffer.concat([header, body]);
  const key = mask === true ? randomBytes(4) : mask;
  applyMask(body, key);
  return Buffer.concat([header, key, body]);
}

/** The payload of a close frame; without a code it is empty. */
export function closePayload(code?: number, reason = ""): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** Takes bytes as they come and gives each frame once it is whole. */
export function createFrameDecoder(): { push(bytes: Uint8Array): Frame[]; readonly pending: number } {
  let chunks: Uint8Array[] = [];
  let pending = 0;
  let needed = 2;
  return {
    get pending() {
      return pending;
    },
    push(bytes) {
      chunks.push(bytes);
      pending += bytes.length;
      const frames: Frame[] = [];
      // Joining only once enough is there keeps a large frame in many chunks from being copied for each.
      if (pending < needed) return frames;
      let rest: Buffer = Buffer.concat(chunks);
      for (;;) {
        const size = frameSize(rest);
        needed = size.whole;
        if (rest.length < needed) break;
        frames.push(frameOf(rest.subarray(0, needed), size.header));
        rest = rest.subarray(needed);
      }
      chunks = [rest];
      pending = rest.length;
      return frames;
    },
  };
}

/** The size of the header and of the whole frame, as far as `bytes` tell: at least what is needed to know more. */
function frameSize(bytes: Buffer): { header: number; whole: number } {
  if (bytes.length < 2) return { header: 2, whole: 2 };
  const second = bytes.readUInt8(1);
  const short = second & 0x7f;
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  const header = 2 + extended + (second & 0x80 ? 4 : 0);
  if (bytes.length < header) return { header, whole: header };
  const length =
    extended === 8 ? Number(bytes.readBigUInt64BE(2)) : extended === 2 ? bytes.readUInt16BE(2) : short;
  return { header, whole: header + length };
}

function frameOf(bytes: Buffer, header: number): Frame {
  const first = bytes.readUInt8(0);
  const masked = bytes.readUInt8(1) >= 0x80;
  const payload = Buffer.from(bytes.subarray(header));
  if (masked) applyMask(payload, bytes.subarray(header - 4, header));
  return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, masked, payload };
}

function applyMask(body: Buffer, key: Uint8Array): void {
  for (let at = 0; at < body.length; at++) body[at] = (body[at] ?? 0) ^ (key[at & 3] ?? 0);
}
