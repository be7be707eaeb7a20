import { base64Url, textOf } from "./base64-url.ts";

const encoder = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/**
 * Where a list goes on, as a text that means nothing to who gets it. It is signed with a key of this process, so
 * that one of another list, or one that was made up, is known for that.
 */
export class Cursors {
  #key: Promise<CryptoKey> | undefined;

  /** @param list What the cursor is for; no other list takes it. */
  async write(list: string, position: string): Promise<string> {
    // Made when it is first needed, since making routes waits for nothing.
    this.#key ??= crypto.subtle.importKey("raw", randomBytes(32), HMAC, false, ["sign"]);
    const key = await this.#key;
    const signed = encoder.encode(JSON.stringify([list, position]));
    const signature = await crypto.subtle.sign(HMAC.name, key, signed);
    return `${base64Url(encoder.encode(position))}.${base64Url(signature)}`;
  }

  /** The position that a cursor of this list stands for; undefined where it is none. */
  async read(list: string, cursor: string): Promise<string | undefined> {
    const position = textOf(cursor.slice(0, cursor.indexOf(".")));
    // Not in constant time: who forges one gets no further than `limit` gets everybody.
    return position !== undefined && (await this.write(list, position)) === cursor ? position : undefined;
  }
}

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
