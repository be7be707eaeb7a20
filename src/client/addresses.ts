/**
 * The address under which the routes of a hub are, by http.
 * @param url That, or the one of `/ws` among them.
 * @throws TypeError for what is no such address.
 */
export function addressOf(url: string | URL): string {
  const { href, protocol, search } = new URL(url, globalThis.location?.href);
  if (!/^(ws|http)s?:$/.test(protocol) || search)
    throw new TypeError("'url' takes an http or ws address, no query");
  return href.replace(/^ws/, "http").replace(/(\/(ws)?)?(#.*)?$/, "");
}
