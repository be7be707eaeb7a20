interface Case {
  name: string;
  bytes: string;
}

const body = (topic: string) => JSON.stringify({ topic, data: 1 });

/** A whole request, which stands where it should be the body of another. */
function publishing(
  token: string,
  topic: string,
  headers = `Content-Length: ${body(topic).length}\r\n`,
): string {
  return `POST /publish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n${body(topic)}`;
}

function head(token: string, headers: string): string {
  return `POST /publish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`;
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const END = "0\r\n\r\n";

/** Requests of which one party might take for a body what another takes for the next request. */
export function ambiguous(outer: string, inner: string): Case[] {
  const hidden = publishing(inner, "inner");
  const own = body("outer");
  const whole = chunk(own) + END;
  const length = `Content-Length: ${own.length}`;
  const everything = `Content-Length: ${whole.length + hidden.length}`;
  const cases: [name: string, headers: string, rest: string][] = [
    ["a length and chunks", `${everything}\r\nTransfer-Encoding: chunked`, whole + hidden],
    ["chunks and a length", `Transfer-Encoding: chunked\r\n${everything}`, whole + hidden],
    ["a length of nothing and chunks", "Content-Length: 0\r\nTransfer-Encoding: chunked", hidden],
    ["two lengths", `${length}\r\nContent-Length: ${own.length + hidden.length}`, own + hidden],
    ["two lengths in one", `${length}, ${own.length + hidden.length}`, own + hidden],
    ["a length with a sign", `Content-Length: +${own.length}`, own + hidden],
    ["a negative length", "Content-Length: -1", own + hidden],
    ["a length in hexadecimal", `Content-Length: 0x${own.length.toString(16)}`, own + hidden],
    ["a length as a float", `Content-Length: ${own.length}.0`, own + hidden],
    ["a length with an exponent", "Content-Length: 1e1", own + hidden],
    ["a length beyond 2^64", "Content-Length: 18446744073709551621", own + hidden],
    ["a length with a letter", `Content-Length: ${own.length}x`, own + hidden],
    ["no length at all", "Content-Length: ", own + hidden],
    ["a coding that nobody knows", "Transfer-Encoding: xchunked", whole + hidden],
    ["chunked, and then another", "Transfer-Encoding: chunked, identity", whole + hidden],
    ["chunked twice", "Transfer-Encoding: chunked, chunked", whole + hidden],
    ["a space before the colon", "Transfer-Encoding : chunked", whole + hidden],
    ["a tab before the colon", `Transfer-Encoding\t: chunked\r\n${everything}`, whole + hidden],
    ["a vertical tab before the value", `Transfer-Encoding:\u000bchunked\r\n${everything}`, whole + hidden],
    ["a folded coding", `Transfer-Encoding:\r\n chunked\r\n${everything}`, whole + hidden],
    ["a length ended by LF", `X: a\nContent-Length: 0\r\n${everything}`, whole + hidden],
    ["a chunk with a sign", "Transfer-Encoding: chunked", `+${chunk(own)}${END}${hidden}`],
    ["a chunk in 0x", "Transfer-Encoding: chunked", `0x${chunk(own)}${END}${hidden}`],
    ["a chunk longer than it says", "Transfer-Encoding: chunked", `5\r\n${own}\r\n${END}${hidden}`],
    [
      "a chunk ended by LF",
      "Transfer-Encoding: chunked",
      `${own.length.toString(16)}\n${own}\n0\n\n${hidden}`,
    ],
    [
      "a chunk beyond 2^64",
      "Transfer-Encoding: chunked",
      `10000000000000000${own.length}\r\n${own}\r\n${END}${hidden}`,
    ],
    ["an extension with LF", "Transfer-Encoding: chunked", `2;\nxx\r\n${chunk(own)}${END}${hidden}`],
  ];
  return cases.map(([name, headers, rest]) => ({ name, bytes: head(outer, `${headers}\r\n`) + rest }));
}

/** Requests of which everybody knows where they end, and what each has to publish: its own. */
export function clear(outer: string, inner: string): Case[] {
  const own = body("outer");
  const hidden = publishing(inner, "inner");
  const chunked = (rest: string) =>
    `${head(outer, "Transfer-Encoding: chunked\r\nConnection: close\r\n")}${rest}`;
  const bytes = [...own].map(chunk).join("");
  return [
    { name: "chunks of one byte", bytes: chunked(bytes + END) },
    { name: "a trailer", bytes: chunked(`${chunk(own)}0\r\nX: a\r\n\r\n`) },
    {
      name: "an extension",
      bytes: chunked(`${own.length.toString(16)};a=b\r\n${own}\r\n${END}`),
    },
    {
      name: "zeros before a size",
      bytes: chunked(`0000${own.length.toString(16)}\r\n${own}\r\n${END}`),
    },
    {
      name: "a request within data",
      bytes: withData(outer, hidden),
    },
  ];
}

/** A message whose data is the text of a request. */
function withData(token: string, data: string): string {
  const text = JSON.stringify({ topic: "outer", data });
  return head(token, `Content-Length: ${text.length}\r\nConnection: close\r\n`) + text;
}

/** Requests that end too early. */
export function brokenOff(token: string): Case[] {
  const own = body("outer");
  const whole = head(token, `Content-Length: ${own.length}\r\n`) + own;
  const chunked = head(token, "Transfer-Encoding: chunked\r\n") + chunk(own);
  const parts = Array.from({ length: 10 }, (_, at) => Math.ceil(((whole.length - 1) * (at + 1)) / 10));
  return [
    ...parts.map((end) => ({ name: `${end} bytes`, bytes: whole.slice(0, end) })),
    { name: "no last chunk", bytes: chunked },
    { name: "half a chunk", bytes: chunked.slice(0, -9) },
    { name: "more announced than sent", bytes: whole.replace(/Content-Length: \d+/, "Content-Length: 1000") },
  ];
}
