import { createFrameDecoder, type Frame, Opcode } from "./ws-frames.ts";

/** What a server's frames amount to. */
export type Incoming =
  | { kind: "text"; text: string }
  | { kind: "ping" | "pong"; payload: Buffer }
  | { kind: "close"; code: number; reason: string };

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Joins a server's frames to messages. Throws where they are not what RFC 6455 has a server send. */
export function createMessageReader(): (bytes: Uint8Array) => Generator<Incoming> {
  const decoder = createFrameDecoder();
  let parts: Buffer[] | undefined;

  function dataOf(frame: Frame): Incoming | undefined {
    if (frame.opcode === Opcode.Binary) throw new Error("a binary message");
    if (frame.opcode !== Opcode.Text && frame.opcode !== Opcode.Continuation)
      throw new Error(`the unknown opcode ${frame.opcode}`);
    const begins = frame.opcode === Opcode.Text;
    if (begins === (parts !== undefined)) throw new Error("fragments out of order");
    parts = [...(parts ?? []), frame.payload];
    if (!frame.fin) return undefined;
    const text = strict.decode(Buffer.concat(parts));
    parts = undefined;
    return { kind: "text", text };
  }

  return function* read(bytes) {
    for (const frame of decoder.push(bytes)) {
      if (frame.masked) throw new Error("a masked frame");
      if (frame.rsv !== 0) throw new Error("a reserved bit without an extension");
      const incoming = frame.opcode < Opcode.Close ? dataOf(frame) : controlOf(frame);
      if (incoming) yield incoming;
    }
  };
}

function controlOf({ fin, opcode, payload }: Frame): Incoming {
  if (!fin || payload.length > 125) throw new Error("a control frame in fragments, or over 125 bytes");
  if (opcode === Opcode.Ping) return { kind: "ping", payload };
  if (opcode === Opcode.Pong) return { kind: "pong", payload };
  if (opcode !== Opcode.Close) throw new Error(`the unknown opcode ${opcode}`);
  if (payload.length === 0) return { kind: "close", code: 1005, reason: "" };
  if (payload.length === 1) throw new Error("a close frame of one byte");
  return { kind: "close", code: payload.readUInt16BE(0), reason: strict.decode(payload.subarray(2)) };
}
