const words = (text: string) => text.split(" ");

/** Methods, as they stand in requests and as they do not. */
export const METHODS = [...words("GET POST PUT DELETE HEAD OPTIONS PATCH TRACE CONNECT PRI get"), "G ET", ""];

/** Targets that are none, or that parsers read in more than one way. */
export const TARGETS = [
  ...words("// * /.. /%2e%2e /ws/ /ws// //ws /ws%00 /ws? /ws#x ws ? /% /%zz /%ff \\ /é javascript:1"),
  ...words("http://elsewhere.example/ws http://[/ws /topics/%00/history /topics/%e2%80%ae/presence"),
  ...words("/users/%F0%9F/messages /sse?topic=%ff /sse?topic=a&topic=a /ws?token=&token="),
  `/${"x".repeat(5000)}`,
  `/ws?token=${"x".repeat(9000)}`,
];

export const VERSIONS = [...words("HTTP/1.0 HTTP/0.9 HTTP/2.0 HTTP/9.9 http/1.1 XTTP/1.1"), "HTTP/1.1 ", ""];

/** Names of headers that the server or its platform looks at, and some that are none. */
export const NAMES = [
  ...words("Host Content-Length Transfer-Encoding Connection Upgrade Expect Cookie Origin Trailer TE"),
  ...words("Sec-WebSocket-Key Sec-WebSocket-Version Sec-WebSocket-Protocol Sec-WebSocket-Extensions"),
  ...words("Authorization Last-Event-ID Idempotency-Key HTTP2-Settings X-Topichub-Error é __proto__"),
  ...["", "a b"],
];

/** Values of headers, each of one of them. */
export const VALUES = [
  ...words(
    "x 0 -1 5 0x5 1e9 99999999999999999999 256.256.256.256 [::1 chunked close keep-alive Upgrade websocket",
  ),
  ...words('h2c 100-continue bearer.x Bearer null permessage-deflate https://elsewhere.example é a,b , ; "'),
  ...words("topichub.v1,topichub.v1 access_token_cookie=x"),
  ...["", " ", "Bearer x", "chunked, identity", "a\rb", "a\nb", "a\r\n b", "\u0000"],
  ...["x".repeat(9000), "x".repeat(40_000)],
];
