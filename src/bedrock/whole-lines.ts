/** Most bytes of one piece, counted as the JSON of a publication holds it. */
export const PIECE_BYTES = 32_768;

const LINE_FEED = 10;

/** Makes of the bytes of a log, however they were cut, pieces of whole lines. */
export class WholeLines {
  readonly #decoder = new TextDecoder();
  /** A line without its end, so far: never more than one piece. */
  #rest = "";

  /**
   * Takes what was read next.
   * @returns The lines that it ends, with their ends as they are, in pieces; a line that is longer than a piece is
   *   cut, and its parts do not wait for its end. Bytes that are no UTF-8 come as U+FFFD.
   */
  add(bytes: Uint8Array): string[] {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf("\n") + 1;
    const parts = cut(text.slice(end));
    this.#rest = parts.pop() ?? "";
    return [...cut(text.slice(0, end)), ...parts];
  }

  /** Nothing comes after what was added. A line that never got its end is given one, so as to be whole as well. */
  finish(): string[] {
    const text = this.#rest + this.#decoder.decode();
    this.#rest = "";
    return text === "" ? [] : cut(`${text}\n`);
  }
}

/** Cuts a text into pieces: behind a line's end where a piece holds one, between two characters otherwise. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let size = 0;
  let lines = { end: 0, size: 0 };
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    const bytes = jsonBytes(code);
    if (size + bytes > PIECE_BYTES) {
      const piece = lines.end > from ? lines : { end: at, size };
      pieces.push(text.slice(from, piece.end));
      from = piece.end;
      size -= piece.size;
    }
    at += code > 0xffff ? 2 : 1;
    size += bytes;
    if (code === LINE_FEED) lines = { end: at, size };
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** How many bytes JSON takes for a character (RFC 8259, section 7, as `JSON.stringify` escapes it). */
function jsonBytes(code: number): number {
  if (code < 0x20) return "\b\t\n\f\r".includes(String.fromCharCode(code)) ? 2 : 6;
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x80) return 1;
  return code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
}
