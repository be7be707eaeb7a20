import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";

/** Bytes in base64url, without padding, which a query would have to escape. RFC 4648, section 5. */
export function base64Url(bytes: ArrayBuffer | Uint8Array): string {
  return encodeBase64Url(new Uint8Array(bytes).buffer).replaceAll("=", "");
}

/** The text whose bytes stand there in base64url; undefined where there is none. */
export function textOf(base64: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decodeBase64Url(base64));
  } catch {
    return undefined;
  }
}
