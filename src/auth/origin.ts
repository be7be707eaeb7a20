/** Which web origins may connect: those listed, `*` for all, or the same host where nothing is given. */
export type AllowedOrigins = readonly string[] | "*" | undefined;

// Scheme, host and port and nothing after them (RFC 6454, section 6.1), which a URL's parser would look past.
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/\\?#@]+$/i;

/**
 * True where a request of this `Origin` may open a connection (RFC 6455, section 10.2). One without an
 * `Origin` comes from no browser, and passes.
 * @param host The request's `Host`.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: AllowedOrigins,
): boolean {
  if (origin === undefined || allowed === "*") return true;
  const url = ORIGIN.test(origin) ? parsed(origin) : undefined;
  if (url === undefined) return false;
  if (allowed !== undefined) return allowed.some((entry) => isSame(parsed(entry), url));
  // A port may be written in one and left out in the other: the origin's scheme says which one is meant.
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  return isWeb && host !== undefined && parsed(`${url.protocol}//${host}`)?.host === url.host;
}

// Not by `origin`, which is "null" for every scheme of an app's own.
function isSame(a: URL | undefined, b: URL): boolean {
  return a !== undefined && a.protocol === b.protocol && a.host !== "" && a.host === b.host;
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
