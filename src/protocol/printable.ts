// Controls (new lines and terminal escapes among them), line separators, and marks that turn the direction of text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const escaped = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;

/** `text` with what could break a line or a terminal written as `\uXXXX`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (found) =>
    Array.from({ length: found.length }, (_, at) => escaped(found.charCodeAt(at))).join(""),
  );
}
