const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

// Unicode's controls, spaces, line ends, and what is there to be unseen or to turn the direction of text.
const UNSEEN = [
  ...range(0x00, 0x20),
  ...range(0x7f, 0xa0),
  ...[0xad, 0x600, 0x605, 0x61c, 0x6dd, 0x70f, 0x1680, 0x180e],
  ...range(0x2000, 0x200f),
  ...range(0x2028, 0x202f),
  ...range(0x205f, 0x2064),
  ...range(0x2066, 0x206f),
  ...[0x3000, 0xfeff, 0xfff9, 0xfffb, 0x110bd, 0x1bca0, 0x1d173, 0xe0001, 0xe0020, 0xe007f],
  ...[0xd800, 0xdbff, 0xdc00, 0xdfff],
].map((code) => String.fromCodePoint(code));

/** What is no topic, and no pattern either. */
export function noTopics(): string[] {
  return [
    ...UNSEEN.flatMap((character) => [`a${character}b`, `a${character}`, `${character}a`]),
    ...["", ".", ".."],
    ...["a*b", "*a", "a*b*c", "***a"],
    "x".repeat(256),
    `${"x".repeat(254)}é`,
    `${"x".repeat(253)}€`,
    `${"x".repeat(252)}\u{1f600}`,
    "é".repeat(128),
    "x".repeat(10_000),
  ];
}

/** Topics, each of which somebody might take for another one. */
export function goodTopics(): string[] {
  return [
    "caf\u00e9",
    "cafe\u0301",
    "\u212b",
    "\u00c5",
    "A\u030a",
    "\ufb01",
    "fi",
    "a",
    "A",
    "\u0430",
    "\uff41",
    "\u0131",
    "i",
    "\u017f",
    "s",
    "\u00df",
    "ss",
    "%2e",
    "%2E%2e",
    "...",
    ".a",
    "%2a",
    "a%00",
    "%0A",
    "a/../b",
    "a//b",
    "/",
    "a?b#c",
    "a&topic=b",
    "a+b",
    "a\\b",
    '"',
    "'",
    "<script>",
    "$\u007bx}",
    "\ufffd",
    "\u0378",
    "\ue000",
    "\u{10ffff}",
    "\ufdd0",
    "\u3164",
    "a\u0300\u0300\u0300",
    "x".repeat(255),
    `${"x".repeat(253)}é`,
    `${"x".repeat(251)}\u{1f600}`,
    "€".repeat(85),
  ];
}

/** What ends a line, a field, an event or a header for some reader, or moves a terminal's cursor. */
export const BREAKING = [
  "\n",
  "\r\nx: y",
  "\n\nevent: evil\ndata: {}\n\n",
  "\r",
  "\u0085evil",
  "\u2028evil",
  "\u2029evil",
  "\u001b[2J\u001b[31m",
  "\u009b31m",
  "\u0007\b\v\f",
  '"}\n{"level":"error"',
  '\' x="1" \\',
  "\u202eevil\u2066",
  "\u{e0001}\u200b\ufeff",
  "\ud800",
  "\0",
  "é€\u{1f600}",
  "%0d%0aX-Evil: 1",
];
