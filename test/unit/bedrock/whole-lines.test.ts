import { expect, test } from "bun:test";
import { PIECE_BYTES, WholeLines } from "../../../src/bedrock/whole-lines.ts";
import { Random } from "../../support/random.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const jsonBytes = (text: string) => bytesOf(JSON.stringify(text)).length - 2;
const TEXTS = [
  "",
  "a",
  "\n",
  "\r\n",
  "\r",
  "é",
  "😀",
  '"',
  "\\",
  "\u0001",
  "\t",
  "\u2028",
  "\u007f",
  "grüße\n",
  "x".repeat(9000),
];

test("lines come whole, with their ends as they are; one without its end waits for it", () => {
  const lines = new WholeLines();
  expect(lines.add(bytesOf("one\ntwo\r\nthr"))).toEqual(["one\ntwo\r\n"]);
  expect(lines.add(bytesOf("ee"))).toEqual([]);
  expect(lines.add(bytesOf("\n\n"))).toEqual(["three\n\n"]);
  expect(lines.add(bytesOf(""))).toEqual([]);
});

test("a character that was cut is put together, and what is no UTF-8 is replaced", () => {
  const lines = new WholeLines();
  const [first, ...rest] = bytesOf("😀\n");
  expect(lines.add(Uint8Array.of(first ?? 0))).toEqual([]);
  expect(lines.add(Uint8Array.from(rest))).toEqual(["😀\n"]);
  expect(lines.add(Uint8Array.of(0x61, 0xff, 0xc3, 0x0a))).toEqual(["a\ufffd\ufffd\n"]);
});

test("a last line that never got its end is given one, and nothing is made of nothing", () => {
  const lines = new WholeLines();
  lines.add(Uint8Array.of(0x61, 0xc3));
  expect(lines.finish()).toEqual(["a\ufffd\n"]);
  expect(lines.finish()).toEqual([]);
  expect(lines.add(bytesOf("b\n"))).toEqual(["b\n"]);
});

test("pieces hold as many lines as fit", () => {
  const line = `${"x".repeat(999)}\n`;
  const fitting = Math.floor(PIECE_BYTES / 1001);
  expect(new WholeLines().add(bytesOf(line.repeat(2 * fitting + 1)))).toEqual([
    line.repeat(fitting),
    line.repeat(fitting),
    line,
  ]);
});

test("a line without an end is cut, between characters, and does not grow in memory", () => {
  const lines = new WholeLines();
  const pieces: string[] = [];
  for (let round = 0; round < 50; round++) pieces.push(...lines.add(bytesOf("😀".repeat(1000))));
  expect(pieces).toHaveLength(6);
  for (const piece of pieces) expect(piece).toBe("😀".repeat(PIECE_BYTES / 4));
  expect(lines.add(bytesOf("\n")).join("")).toBe(`${"😀".repeat(50_000 - (6 * PIECE_BYTES) / 4)}\n`);
});

test("whatever is read, however it is cut: nothing is lost, and no piece is too long", () => {
  const random = new Random(7);
  for (let round = 0; round < 200; round++) {
    const text = Array.from({ length: random.below(60) }, () => random.of(TEXTS)).join("");
    const bytes = bytesOf(text);
    const lines = new WholeLines();
    const pieces: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + random.below(20_000);
      pieces.push(...lines.add(bytes.subarray(at, at + length)));
      at += length;
    }
    pieces.push(...lines.finish());
    expect(pieces.join("")).toBe(text === "" || text.endsWith("\n") ? text : `${text}\n`);
    for (const piece of pieces) expect(jsonBytes(piece)).toBeLessThanOrEqual(PIECE_BYTES);
  }
});
