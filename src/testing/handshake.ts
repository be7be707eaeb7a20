/** What a WebSocket is asked for with. */
export interface Handshake {
  url: string;
  protocols: readonly string[];
  /** Further headers, as those of a browser: `Origin`, `Cookie`. */
  headers?: Readonly<Record<string, string>>;
  /** Aborted where the client gives up. */
  signal?: AbortSignal;
}

/** The request that asks for a WebSocket. RFC 6455, section 4.1. */
export function handshakeRequest({ url, protocols, headers = {}, signal }: Handshake): Request {
  const address = httpAddress(url);
  const offer: Record<string, string> =
    protocols.length > 0 ? { "Sec-WebSocket-Protocol": protocols.join(", ") } : {};
  const own = {
    Host: address.host,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomKey(),
  };
  const given = signal ? { signal } : {};
  return new Request(address, { ...given, headers: { ...own, ...offer, ...headers } });
}

function httpAddress(url: string): URL {
  const address = new URL(url);
  address.protocol = address.protocol.replace(/^ws/, "http");
  return address;
}

function randomKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}
