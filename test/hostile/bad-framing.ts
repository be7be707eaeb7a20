/** Values of Content-Length that are no length. */
export const LENGTHS = [
  "+5",
  "0x5",
  "-1",
  "1e3",
  "5,5",
  "5, 6",
  "5 5",
  "5;",
  "",
  " ",
  "0,",
  "\x0b5",
  "9".repeat(30),
  "18446744073709551617",
  "½",
];

/** Headers that name no coding, or not the one that frames a body. */
export const CODINGS = [
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Transfer-Encoding: chunked;q=1",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: chun\0ked",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding\t: chunked",
  "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding:",
  "Transfer-Encoding: cow",
];

/** Sizes of a chunk that are none. */
export const SIZES = [
  "",
  "g",
  "-1",
  "+5",
  "0x5",
  " 5",
  "5 5",
  "1".repeat(20),
  "ffffffffffffffff1",
  "5\n",
  "½",
];
