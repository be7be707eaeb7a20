import { describe, expect, test } from "bun:test";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { tokenVerifier, type VerifyOptions } from "../../../src/auth/verify-token.ts";
import { TokenError } from "../../../src/hub/principal.ts";
import { rawToken, TEST_SECRET, token } from "../../support/token.ts";

const HEADER = { alg: "HS256", typ: "JWT" };
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const good = () => ({ sub: "alex", exp: inSeconds(600) });

function verify(given: string, options: Partial<VerifyOptions> = {}) {
  return tokenVerifier({ secret: TEST_SECRET, ...options })(given);
}

/** The message with which a token is refused, which quotes no part of it. */
async function refusal(given: string, options: Partial<VerifyOptions> = {}): Promise<string> {
  const error: unknown = await verify(given, options).then(
    () => new Error("it was accepted"),
    (it: unknown) => it,
  );
  expect(error).toBeInstanceOf(TokenError);
  const { message } = error as TokenError;
  for (let at = 0; at + 8 <= given.length; at++) {
    const slice = given.slice(at, at + 8);
    if (message.includes(slice)) throw new Error(`the message quotes ${slice} of the token: ${message}`);
  }
  return message;
}

describe("a good token", () => {
  test("says who it speaks for", async () => {
    const exp = inSeconds(600);
    const topics = { subscribe: ["event:*"], publish: [] };
    const { claims, ...principal } = await verify(
      rawToken(HEADER, { sub: "alex", exp, topics, admin: true, x: 1 }),
    );
    expect(principal).toEqual({ user: "alex", isAdmin: true, grants: topics, expiresAt: exp * 1000 });
    expect(claims).toEqual({ sub: "alex", exp, topics, admin: true, x: 1 });
  });

  test("may say less", async () => {
    expect(await verify(rawToken(HEADER, good()))).toMatchObject({ isAdmin: false, grants: undefined });
  });

  test("is what other software makes, too", async () => {
    expect((await verify(await token())).user).toBe("alex");
    expect((await verify(rawToken({ alg: "HS256" }, good()))).user).toBe("alex");
    for (const alg of ["HS384", "HS512"] as const)
      expect((await verify(await token({}, { alg }), { alg })).user).toBe("alex");
  });

  test.each([
    ["one byte", "x"],
    ["255 bytes", "é".repeat(127).concat("x")],
    ["white space", " a b "],
    ["a direction mark", "a\u200eb"],
    ["another script", "Алекс 😀"],
  ])("may be of a user of %s", async (_, sub) => {
    expect((await verify(rawToken(HEADER, { ...good(), sub }))).user).toBe(sub);
  });

  test("may be far ahead, and end between two milliseconds", async () => {
    const exp = inSeconds(600) + 0.0009;
    expect((await verify(rawToken(HEADER, { ...good(), exp }))).expiresAt).toBe(Math.floor(exp * 1000));
    const far = 32_503_680_000;
    expect((await verify(rawToken(HEADER, { ...good(), exp: far }))).expiresAt).toBe(far * 1000);
  });

  test("may be valid already, and be of a clock that is ahead", async () => {
    const times = { nbf: inSeconds(-1), iat: inSeconds(30) };
    expect((await verify(rawToken(HEADER, { ...good(), ...times }))).user).toBe("alex");
  });

  test("needs no end where none is asked for", async () => {
    const { exp: _, ...endless } = good();
    const principal = await verify(rawToken(HEADER, endless), { requireExp: false });
    expect(principal.expiresAt).toBeUndefined();
    expect(
      await refusal(rawToken(HEADER, { ...endless, exp: inSeconds(-1) }), { requireExp: false }),
    ).toContain("expired");
  });

  test("has the grants in the claim that is named", async () => {
    const own = { subscribe: ["own"], publish: [] };
    const given = rawToken(HEADER, { ...good(), topics: { subscribe: ["*"] }, "https://x.example/t": own });
    expect((await verify(given, { claim: "https://x.example/t" })).grants).toEqual(own);
    expect((await verify(rawToken(HEADER, { ...good(), topics: ["*"] }))).grants).toEqual({
      subscribe: [],
      publish: [],
    });
  });

  test("has no grants of its own by what every object has", async () => {
    for (const claim of ["constructor", "toString", "__proto__"])
      expect((await verify(rawToken(HEADER, good()), { claim })).grants).toBeUndefined();
  });

  test("makes an administrator only of true", async () => {
    for (const admin of ["true", 1, {}, [true], null, false])
      expect((await verify(rawToken(HEADER, { ...good(), admin }))).isAdmin).toBe(false);
  });
});

const SUB = "Invalid token: 'sub' takes 1 to 255 bytes without control characters";
const MALFORMED = "Invalid token: malformed, or its signature does not fit";
const HEADER_REFUSED = "Invalid token: header not accepted";
const ALGORITHM_REFUSED = "Invalid token: wrong algorithm";
const EXPIRED = "Invalid token: expired";
const NOT_YET = "Invalid token: not valid yet";

describe("a claim that is wrong", () => {
  // Written as JSON, so that numbers can be such as no number here is.
  const claims: [what: string, json: string, message: string][] = [
    ["no sub", '"sub":null', SUB],
    ["an empty sub", '"sub":""', SUB],
    ["a sub of 256 bytes", `"sub":"${"é".repeat(128)}"`, SUB],
    ["a line break in sub", '"sub":"a\\nb"', SUB],
    ["a NUL in sub", '"sub":"a\\u0000"', SUB],
    ["a C1 control character in sub", '"sub":"a\\u0085"', SUB],
    ["half a character in sub", '"sub":"a\\ud800"', SUB],
    ["a number as sub", '"sub":7', SUB],
    ["an object as sub", '"sub":{"name":"alex"}', SUB],
    ["a list as sub", '"sub":["alex"]', SUB],
    ["an exp that is over", `"exp":${inSeconds(-1)}`, EXPIRED],
    ["an exp of 0", '"exp":0', EXPIRED],
    ["a negative exp", '"exp":-1', EXPIRED],
    ["a text as exp", `"exp":"${inSeconds(600)}"`, EXPIRED],
    ["a date as exp", '"exp":"2099-01-01T00:00:00Z"', EXPIRED],
    ["null as exp", '"exp":null', EXPIRED],
    ["a list as exp", `"exp":[${inSeconds(600)}]`, EXPIRED],
    ["an endless exp", '"exp":1e400', EXPIRED],
    ["an object as exp", '"exp":{}', EXPIRED],
    ["true as exp", '"exp":true', EXPIRED],
    ["an nbf to come", `"nbf":${inSeconds(60)}`, NOT_YET],
    ["a text as nbf", '"nbf":"0"', NOT_YET],
    ["null as nbf", '"nbf":null', NOT_YET],
    ["an endless nbf", '"nbf":-1e400', NOT_YET],
    ["a text as iat", '"iat":"0"', "Invalid token: 'iat' takes a number of seconds"],
    ["null as iat", '"iat":null', "Invalid token: 'iat' takes a number of seconds"],
  ];
  test.each(claims)("%s", async (_, json, message) => {
    const name = json.slice(0, json.indexOf(":"));
    const rest = Object.entries({ sub: "alex", exp: inSeconds(600) })
      .filter(([key]) => JSON.stringify(key) !== name)
      .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    expect(await refusal(rawToken(HEADER, `{${[json, ...rest].join(",")}}`))).toBe(message);
  });

  test("sub or exp left out", async () => {
    expect(await refusal(rawToken(HEADER, { exp: inSeconds(600) }))).toBe(SUB);
    expect(await refusal(rawToken(HEADER, { sub: "alex" }))).toBe("Invalid token: 'exp' is missing");
  });

  test("iss and aud, where they are asked for", async () => {
    const wrong: [claims: object, demand: Partial<VerifyOptions>, message: string][] = [
      [{}, { issuer: "us" }, "Invalid token: wrong issuer"],
      [{ iss: "them" }, { issuer: "us" }, "Invalid token: wrong issuer"],
      [{ iss: ["us"] }, { issuer: "us" }, "Invalid token: wrong issuer"],
      [{ iss: "us " }, { issuer: "us" }, "Invalid token: wrong issuer"],
      [{}, { audience: "us" }, "Invalid token: no audience"],
      [{ aud: "them" }, { audience: "us" }, "Invalid token: wrong audience"],
      [{ aud: ["them", "others"] }, { audience: "us" }, "Invalid token: wrong audience"],
      [{ aud: "us and them" }, { audience: "us" }, "Invalid token: wrong audience"],
    ];
    for (const [claims, demand, message] of wrong)
      expect(await refusal(rawToken(HEADER, { ...good(), ...claims }), demand)).toBe(message);
    const right = rawToken(HEADER, { ...good(), iss: "us", aud: ["them", "us"] });
    expect((await verify(right, { issuer: "us", audience: "us" })).user).toBe("alex");
    expect((await verify(right)).user).toBe("alex");
  });
});

describe("a payload that is no object", () => {
  test.each(["null", "[]", "5", '"alex"', "true"])("%s", async (payload) => {
    expect(await refusal(rawToken(HEADER, payload))).toStartWith("Invalid token: ");
    expect(await refusal(rawToken(HEADER, payload), { requireExp: false })).toStartWith("Invalid token: ");
  });
});

describe("a header that is wrong", () => {
  const signature = (alg: string, signed: string) =>
    createHmac(alg, TEST_SECRET).update(signed).digest("base64url");

  test("no algorithm", async () => {
    for (const alg of ["none", "None", "NONE", "", null, 5])
      for (const signed of [undefined, ""])
        expect(await refusal(rawToken({ typ: "JWT", alg }, good(), signed))).toBe(ALGORITHM_REFUSED);
    expect(await refusal(rawToken({ typ: "JWT" }, good()))).toBe(ALGORITHM_REFUSED);
  });

  test("another algorithm than the one accepted, rightly signed or not", async () => {
    for (const alg of ["HS384", "HS512"] as const) {
      expect(await refusal(await token({}, { alg }))).toBe(ALGORITHM_REFUSED);
      expect(await refusal(await token(), { alg })).toBe(ALGORITHM_REFUSED);
    }
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(await refusal(await token({}, { alg: "RS256", secret: pem }))).toBe(ALGORITHM_REFUSED);
    expect(await refusal(rawToken({ ...HEADER, alg: "RS256" }, good()))).toBe(ALGORITHM_REFUSED);
  });

  test("a crit, which nobody here knows", async () => {
    for (const crit of [["exp"], ["x"], []])
      expect(await refusal(rawToken({ ...HEADER, crit }, good()))).toBe(HEADER_REFUSED);
  });

  test("another type", async () => {
    expect(await refusal(rawToken({ ...HEADER, typ: "secevent+jwt" }, good()))).toBe(HEADER_REFUSED);
  });

  test("no object", async () => {
    for (const header of ["null", "[]", "5", "{", ""])
      expect(await refusal(rawToken(header, good()))).toStartWith("Invalid token: ");
  });

  test("a signature of another algorithm under the accepted one's name", async () => {
    const [header, payload] = rawToken(HEADER, good()).split(".");
    const signed = `${header}.${payload}`;
    expect(await refusal(`${signed}.${signature("sha512", signed)}`)).toBe(MALFORMED);
  });
});

describe("a text that is no token", () => {
  test("nothing", async () => {
    expect(await refusal("")).toBe("Missing token");
  });

  test.each(["x", "a.b", "a.b.c", "a.b.c.d", "..", "🙂.🙂.🙂", " ", "not a token at all, but long enough"])(
    "%j",
    async (text) => {
      expect(await refusal(text)).toBe(MALFORMED);
    },
  );

  test("a token that was changed, cut or given something", async () => {
    const given = rawToken(HEADER, good());
    const [header = "", payload = "", signed = ""] = given.split(".");
    const admin = Buffer.from(JSON.stringify({ ...good(), admin: true })).toString("base64url");
    for (const changed of [
      `${header}.${admin}.${signed}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signed}x`,
      `${header}.${payload}.${signed.slice(0, -4)}`,
      `${header}.${payload}.${signed}.${signed}`,
      ` ${given}`,
      `Bearer ${given}`,
    ])
      expect(await refusal(changed)).toBe(MALFORMED);
    expect(await refusal(given, { secret: `${TEST_SECRET}x` })).toBe(MALFORMED);
  });

  test("another spelling of a good one, though decoders take it for the same", async () => {
    const given = rawToken(HEADER, good());
    const [header = "", payload = "", signed = ""] = given.split(".");
    const bits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const next = bits[bits.indexOf(signed.slice(-1)) + 1];
    const resigned = (head: string, body: string) =>
      `${head}.${body}.${createHmac("sha256", TEST_SECRET).update(`${head}.${body}`).digest("base64url")}`;
    expect((await verify(resigned(header, payload))).user).toBe("alex");
    for (const spelling of [
      `${given}=`,
      `${given.slice(0, -1)}${next}`,
      `${given} `,
      `${header}.${payload}. ${signed}`,
      resigned(` ${header}`, payload),
      resigned(header, `${payload}\n`),
      resigned(`${header}==`, payload),
    ])
      expect(await refusal(spelling)).toBe(MALFORMED);
  });

  test("a token over 8 KiB, however good", async () => {
    const padded = (length: number) => {
      const spare = length - rawToken(HEADER, { ...good(), pad: "" }).length;
      return rawToken(HEADER, { ...good(), pad: "x".repeat(Math.floor((spare * 3) / 4)) });
    };
    const [largest, larger] = [padded(8192), padded(8196)];
    expect(largest.length).toBeGreaterThan(8188);
    expect(largest.length).toBeLessThanOrEqual(8192);
    expect(larger.length).toBeGreaterThan(8192);
    expect((await verify(largest)).user).toBe("alex");
    expect(await refusal(larger)).toBe("Invalid token: longer than 8192 bytes");
  });
});
