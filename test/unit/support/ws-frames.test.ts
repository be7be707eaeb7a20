import { describe, expect, test } from "bun:test";
import { closePayload, createFrameDecoder, encodeFrame, Opcode } from "../../support/ws-frames.ts";
import { createMessageReader } from "../../support/ws-messages.ts";

const bare = { mask: false } as const;

describe("a frame", () => {
  test.each([0, 125, 126, 65535, 65536])("of %d bytes comes back as it was sent", (length) => {
    const payload = Buffer.alloc(length, "é");
    for (const mask of [true, false]) {
      const [frame, ...more] = createFrameDecoder().push(encodeFrame(payload, { mask }));
      expect(frame).toEqual({ fin: true, rsv: 0, opcode: Opcode.Text, masked: mask, payload });
      expect(more).toEqual([]);
    }
  });

  test("is masked with the key that it is given (RFC 6455, section 5.7)", () => {
    const key = Buffer.from("37fa213d", "hex");
    expect(encodeFrame("Hello", { mask: key }).toString("hex")).toBe("818537fa213d7f9f4d5158");
  });

  test("can be broken on purpose", () => {
    expect(encodeFrame("x", { ...bare, rsv: 4, opcode: 3, fin: false }).toString("hex")).toBe("430178");
    expect(encodeFrame("x", { ...bare, length: 300 }).toString("hex")).toBe("817e012c78");
    expect(encodeFrame("x", { ...bare, lengthBits: 64 }).toString("hex")).toBe("817f000000000000000178");
  });
});

test("the decoder takes bytes one at a time", () => {
  const bytes = Buffer.concat([encodeFrame("a".repeat(200)), encodeFrame("", bare), encodeFrame("b", bare)]);
  const decoder = createFrameDecoder();
  const frames = [...bytes].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
  expect(frames.map(({ payload }) => payload.length)).toEqual([200, 0, 1]);
  expect(decoder.pending).toBe(0);
});

describe("a message", () => {
  const read = (...frames: Buffer[]) => [...createMessageReader()(Buffer.concat(frames))];

  test("is joined of its fragments, control frames between them", () => {
    const messages = read(
      encodeFrame(Buffer.from("é").subarray(0, 1), { ...bare, fin: false }),
      encodeFrame("!", { ...bare, opcode: Opcode.Ping }),
      encodeFrame(Buffer.from("é").subarray(1), { ...bare, opcode: Opcode.Continuation }),
      encodeFrame(closePayload(4001, "slow"), { ...bare, opcode: Opcode.Close }),
    );
    expect(messages).toEqual([
      { kind: "ping", payload: Buffer.from("!") },
      { kind: "text", text: "é" },
      { kind: "close", code: 4001, reason: "slow" },
    ]);
  });

  test.each([
    ["a masked frame", encodeFrame("x")],
    ["a reserved bit", encodeFrame("x", { ...bare, rsv: 4 })],
    ["a binary message", encodeFrame("x", { ...bare, opcode: Opcode.Binary })],
    ["fragments out of order", encodeFrame("x", { ...bare, opcode: Opcode.Continuation })],
    ["a control frame", encodeFrame("x".repeat(126), { ...bare, opcode: Opcode.Ping })],
    ["a close frame of one byte", encodeFrame("x", { ...bare, opcode: Opcode.Close })],
  ])("is refused: %s", (what, frame) => {
    expect(() => read(frame)).toThrow(what);
  });
});
