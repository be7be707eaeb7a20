import { createHmac, createPublicKey } from "node:crypto";
import type { SigningKey } from "../support/provider.ts";
import { rawToken, TEST_SECRET } from "../support/token.ts";

/** Its name, and the token. */
export type Case = readonly [string, string];

const HEADER = { alg: "HS256", typ: "JWT" };
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const claims = (more: object = {}) => ({ sub: "mallory", exp: inSeconds(600), ...more });
const part = (text: string) => Buffer.from(text).toString("base64url");

/** Claims as a text, one of them written as no `JSON.stringify` would. */
const written = (name: string, value: string) =>
  `{"sub":"mallory","exp":${inSeconds(600)},"${name}":${value}}`;

function hmac(hash: string, key: string | Buffer, header: object, payload: object = claims()): string {
  const signed = `${part(JSON.stringify(header))}.${part(JSON.stringify(payload))}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

/** Tokens that name another way of signing than the one that made them, or none. */
export function ofWrongAlgorithm(keys: Readonly<Record<string, SigningKey>>): Case[] {
  const { rs, es, ed } = keys;
  if (!rs || !es || !ed) throw new Error("a key is missing");
  const pem = createPublicKey({ key: rs.publicKey, format: "jwk" });
  const confused: [string, string | Buffer][] = [
    ["PEM", pem.export({ type: "spki", format: "pem" })],
    ["DER", pem.export({ type: "spki", format: "der" })],
    ["JWK", JSON.stringify(rs.publicKey)],
    ["modulus", String(rs.publicKey.n)],
    ["nothing", ""],
  ];
  const names = ["none", "None", "NONE", "nOnE", "none ", " none", "", "hs256", "HS256 ", "HS1", "null"];
  const odd: unknown[] = [...names, null, true, 0, {}, [], ["HS256"], { toString: "HS256" }];
  return [
    ...odd.flatMap((alg): Case[] => [
      [`alg ${JSON.stringify(alg)} without a signature`, rawToken({ alg, typ: "JWT" }, claims(), "")],
      [`alg ${JSON.stringify(alg)} with that of HS256`, rawToken({ alg, typ: "JWT" }, claims())],
    ]),
    ["no alg", rawToken({ typ: "JWT" }, claims())],
    ["HS384, rightly signed", hmac("sha384", TEST_SECRET, { alg: "HS384", typ: "JWT" })],
    ["HS512, rightly signed", hmac("sha512", TEST_SECRET, { alg: "HS512", typ: "JWT" })],
    ["HS256 signed as HS512", hmac("sha512", TEST_SECRET, HEADER)],
    ["an empty secret", hmac("sha256", "", HEADER)],
    ...["RS256", "RS512", "PS256", "ES256", "ES512", "EdDSA"].flatMap((alg): Case[] =>
      ["rs", "es", "ed"].flatMap((kid): Case[] => [
        [`${alg} of ${kid} with an HMAC`, rawToken({ alg, kid, typ: "JWT" }, claims())],
        [`${alg} of ${kid} with zeros`, rawToken({ alg, kid }, claims(), part("\0".repeat(64)))],
        [`${alg} of ${kid} with no signature`, rawToken({ alg, kid }, claims(), "")],
      ]),
    ),
    ...confused.flatMap(([name, key]): Case[] => [
      [`HS256 by a public key as ${name}`, hmac("sha256", key, { ...HEADER, kid: "rs" })],
      [`HS512 by a public key as ${name}`, hmac("sha512", key, { alg: "HS512", kid: "rs" })],
    ]),
  ];
}

/** Tokens whose header wants to choose the key; `url` must not be asked for it. */
export async function ofOwnKey(own: SigningKey, url: string): Promise<Case[]> {
  const kids: unknown[] = [
    "../../../../dev/null",
    "/dev/null",
    "rs'; DROP TABLE keys; --",
    "rs\0",
    "RS",
    " rs",
  ];
  const odd: unknown[] = [
    "x".repeat(5_500),
    "__proto__",
    "constructor",
    url,
    {},
    [],
    ["rs"],
    0,
    1e300,
    null,
    true,
  ];
  const certificate = [part("certificate")];
  const where = [
    { jku: url },
    { x5u: url },
    { x5c: certificate },
    { jwk: own.publicKey },
    { jku: url, x5u: url },
  ];
  const signed = (header: object) => own.token({}, "rs").then((good) => withHeader(good, header));
  return [
    ...[...kids, ...odd].flatMap((kid): Case[] => [
      [`RS256 of kid ${JSON.stringify(kid).slice(0, 30)}`, rawToken({ alg: "RS256", kid }, claims(), "AAAA")],
    ]),
    ...(await Promise.all(
      where.map(async (more): Promise<Case> => {
        const header = { alg: "RS256", kid: "rs", typ: "JWT", ...more };
        return [`a key by ${Object.keys(more)}`, await signed(header)];
      }),
    )),
    ["a key of one's own under another's id", await own.token({}, "rs")],
  ];
}

function withHeader(token: string, header: object): string {
  const [, payload, signature] = token.split(".");
  return `${part(JSON.stringify(header))}.${payload}.${signature}`;
}

/** Tokens that are not formed as one, however well they are signed. */
export function malformed(): Case[] {
  const good = rawToken(HEADER, claims());
  const [header = "", payload = "", signature = ""] = good.split(".");
  const signedAs = (head: string, body: string) => {
    const text = `${head}.${body}`;
    return `${text}.${createHmac("sha256", TEST_SECRET).update(text).digest("base64url")}`;
  };
  const none: unknown[] = ["null", "[]", '"x"', "5", "true", "", "{", "{}}", "\uFEFF{}", "[{}]"];
  return [
    ["one part", header],
    ["two parts", `${header}.${payload}`],
    ["two parts and a dot", `${header}.${payload}.`],
    ["four parts", `${good}.`],
    ["five parts", `${header}.${part("key")}.${part("iv")}.${payload}.${signature}`],
    ["a JWE", rawToken({ alg: "dir", enc: "A256GCM" }, "", "").replace("..", ".....")],
    ["dots only", ".."],
    ["an empty payload", signedAs(header, "")],
    ["an empty header", signedAs("", payload)],
    ["its signature twice", `${good}${signature}`],
    ["its signature padded", `${good}=`],
    ["its header padded", signedAs(`${header}==`, payload)],
    ["a space after its payload", signedAs(header, `${payload} `)],
    ["its signature cut", good.slice(0, -1)],
    ["a changed first character", `f${good.slice(1)}`],
    ...none.map((it): Case => [`the header ${it}`, rawToken(it, claims())]),
    ...none.map((it): Case => [`the payload ${it}`, rawToken(HEADER, it)]),
    ["crit", rawToken({ ...HEADER, crit: ["exp"] }, claims())],
    ["an empty crit", rawToken({ ...HEADER, crit: [] }, claims())],
    ["b64", rawToken({ ...HEADER, b64: false, crit: ["b64"] }, claims())],
    ["another typ", rawToken({ ...HEADER, typ: "JOSE" }, claims())],
    ["a typ that is none", rawToken({ ...HEADER, typ: ["JWT"] }, claims())],
    ["the last of two algs", rawToken('{"alg":"HS256","alg":"none"}', claims())],
  ];
}

/** Tokens with a claim that is wrong. */
export function ofBadClaims(): Case[] {
  const past = inSeconds(-10);
  const times: [string, string[]][] = [
    ["exp", ['"9999999999"', "null", "true", "[9999999999]", "{}", "0", "-1", "-1e300", "1e999", "-1e999"]],
    ["exp", [String(past), `${past}.9`, "1e-400", '""', '"NaN"']],
    ["nbf", [`"${past}"`, "null", "1e999", "9999999999", "1e300", "[]", "{}", "true"]],
    ["iat", [`"${past}"`, "null", "1e999", "-1e999", "[]", "{}", "false"]],
  ];
  const subjects: unknown[] = [null, 0, 5, true, "", {}, [], ["alex"], { toString: "alex" }, "x".repeat(256)];
  const odd = ["a\0b", "a\nb", "a\rb", "a\tb", "a\u001b[2Jb", "a\u007fb", "a\u0085b", "\ud800", "a\udc00b"];
  return [
    ...times.flatMap(([name, values]) =>
      values.map((value): Case => [`${name} ${value}`, rawToken(HEADER, written(name, value))]),
    ),
    ...[...subjects, ...odd, "é".repeat(128), "x".repeat(5_000)].map((sub): Case => {
      return [`sub ${JSON.stringify(sub)?.slice(0, 30)}`, rawToken(HEADER, claims({ sub }))];
    }),
    ["no sub", rawToken(HEADER, { exp: inSeconds(600) })],
    ["no exp", rawToken(HEADER, { sub: "mallory" })],
    ["sub behind __proto__", rawToken(HEADER, `{"__proto__":{"sub":"root"},"exp":${inSeconds(600)}}`)],
    ["exp behind __proto__", rawToken(HEADER, '{"__proto__":{"exp":9999999999},"sub":"mallory"}')],
    ["the last of two subs", rawToken(HEADER, written("sub", '""'))],
    ["the last of two exps", rawToken(HEADER, written("exp", String(past)))],
  ];
}

/** An odd token that is good, and the user whom it makes. */
export interface GoodCase {
  name: string;
  given: string;
  user: string;
}

/** Odd tokens that are good. */
export function oddAndGood(url: string): GoodCase[] {
  const users = ["__proto__", "constructor", "a\u202eb", "a\u2028b", "\u{e0001}", "x".repeat(255), "\ufeff"];
  const headers = [
    { jku: url, x5u: url },
    { kid: "../../x" },
    { kid: { a: 1 } },
    { zip: "DEF" },
    { jwk: {} },
  ];
  const times: [string, string][] = [
    ["exp", "1e15"],
    ["exp", "1e300"],
    ["exp", "1.7e308"],
    ["exp", "9999999999.5"],
    ["nbf", "-1e300"],
    ["nbf", "0.5"],
    ["iat", "1e300"],
    ["aud", '["a",["b"],{},null,5]'],
    ["aud", "{}"],
    ["iss", "[]"],
    ["scope", '"*"'],
    ["admin", '{"valueOf":true}'],
    ["__proto__", '{"admin":true}'],
  ];
  const user = "mallory";
  return [
    ...users.map((sub) => ({
      name: `sub ${JSON.stringify(sub).slice(0, 30)}`,
      given: rawToken(HEADER, claims({ sub })),
      user: sub,
    })),
    ...headers.map((more) => ({
      name: `a header with ${Object.keys(more)}`,
      given: rawToken({ ...HEADER, ...more }, claims()),
      user,
    })),
    ...times.map(([name, value]) => ({
      name: `${name} ${value}`,
      given: rawToken(HEADER, written(name, value)),
      user,
    })),
    { name: "the last of two subs", given: rawToken(HEADER, written("sub", '"last"')), user: "last" },
    { name: "the last of two algs", given: rawToken('{"alg":"none","alg":"HS256"}', claims()), user },
  ];
}
