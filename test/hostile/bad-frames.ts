import { closePayload, encodeFrame, type FrameOptions, Opcode } from "../support/ws-frames.ts";

interface Case {
  name: string;
  bytes: Buffer;
  /** True where native Deno takes it for good, as docs/embedding.md says. */
  isTaken?: boolean;
}

const PING = '{"action":"ping"}';
const KINDS: readonly [name: string, options: FrameOptions][] = [
  ["text", {}],
  ["binary", { opcode: Opcode.Binary }],
  ["ping", { opcode: Opcode.Ping }],
  ["pong", { opcode: Opcode.Pong }],
  ["close", { opcode: Opcode.Close }],
];
const begun = encodeFrame(PING.slice(0, 5), { fin: false });
const continued = (options: FrameOptions = {}) =>
  encodeFrame(PING.slice(5), { opcode: Opcode.Continuation, ...options });

/** What is no frame of a client, or one that may not stand where it does. RFC 6455, section 5. */
export function brokenFrames(): Case[] {
  const cases: Case[] = [];
  const add = (name: string, ...parts: Buffer[]) =>
    cases.push({ name, bytes: Buffer.concat(parts), isTaken: /^pong of/.test(name) });
  for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
    for (const [name, options] of KINDS)
      add(
        `${name} with reserved bits ${rsv}`,
        encodeFrame(name === "close" ? "" : PING, { ...options, rsv }),
      );
    add(`a continuation with reserved bits ${rsv}`, begun, continued({ rsv }));
  }
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    add(`the reserved opcode ${opcode}`, encodeFrame(PING, { opcode }));
    add(`the reserved opcode ${opcode}, empty`, encodeFrame("", { opcode }));
    add(`the reserved opcode ${opcode} between fragments`, begun, encodeFrame("", { opcode }), continued());
  }
  add("a continuation of nothing", continued());
  add("a continuation of nothing, to be continued", continued({ fin: false }));
  add("a text within a message", begun, encodeFrame(PING));
  add("a binary within a message", begun, encodeFrame(PING, { opcode: Opcode.Binary }));
  for (const [name, { opcode = 0 }] of KINDS.slice(2)) {
    add(`${name} in fragments`, encodeFrame("", { opcode, fin: false }), continued());
    const large = Buffer.concat([closePayload(1000), Buffer.alloc(124, "x")]);
    add(`${name} of 126 bytes`, encodeFrame(large, { opcode }));
    add(`${name} of 65,536 bytes`, encodeFrame(Buffer.alloc(65_536), { opcode }));
    add(`${name} of 126 bytes between fragments`, begun, encodeFrame(large, { opcode }), continued());
  }
  add("a length of 2^63", lengthOf(2n ** 63n));
  add("a length of 2^64 - 1", lengthOf(2n ** 64n - 1n));
  add("a length of 2^53", lengthOf(2n ** 53n));
  for (const [name, options] of KINDS.slice(0, 4))
    cases.push({
      name: `${name} without a mask`,
      bytes: encodeFrame(PING, { ...options, mask: false }),
      isTaken: true,
    });
  return cases;
}

/** A text whose header tells this length, with a mask and nothing behind it. */
function lengthOf(length: bigint): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x81;
  header[1] = 0xff;
  header.writeBigUInt64BE(length, 2);
  return header;
}

/** Close frames that say what none may say. RFC 6455, sections 5.5.1 and 7.4. */
export function closesThatAreNone(): Case[] {
  const close = (payload: Uint8Array) => encodeFrame(payload, { opcode: Opcode.Close });
  const codes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2999, 5000, 65_535];
  return [
    { name: "a close of one byte", bytes: close(Uint8Array.of(3)) },
    ...codes.map((code) => ({ name: `a close with code ${code}`, bytes: close(closePayload(code)) })),
    ...[[0xff], [0xed, 0xa0, 0x80], [0xc3]].map((reason) => ({
      name: `a close with the reason ${reason}`,
      bytes: close(Buffer.concat([closePayload(1000), Uint8Array.from(reason)])),
    })),
  ];
}

/** Close frames that are answered. */
export function closesToAnswer(): { name: string; payload: Buffer }[] {
  const codes = [1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
  return [
    { name: "no code", payload: closePayload() },
    ...codes.map((code) => ({ name: `code ${code}`, payload: closePayload(code) })),
    { name: "a reason", payload: closePayload(1000, "é") },
    { name: "the longest reason", payload: closePayload(1000, "x".repeat(123)) },
  ];
}

/** Texts that are not UTF-8. Unicode, table 3-7. */
export function brokenUtf8(): Case[] {
  const sequences: Record<string, readonly number[]> = {
    "a byte that never stands": [0xff],
    "a continuation byte alone": [0x80],
    "an overlong slash": [0xc0, 0xaf],
    "an overlong NUL": [0xe0, 0x80, 0x80],
    "a surrogate": [0xed, 0xa0, 0x80],
    "more than U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
    "one that breaks off": [0xf0, 0x9f, 0x98],
  };
  return Object.entries(sequences).map(([name, bytes]) => ({
    name,
    bytes: Buffer.concat([Buffer.from('"'), Uint8Array.from(bytes), Buffer.from('"')]),
  }));
}
