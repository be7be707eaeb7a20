import { describe, expect, test } from "bun:test";
import { UsageError } from "../../../src/cli/arguments.ts";
import { isShort, parseEnvironment, warnings } from "../../../src/cli/environment.ts";

const SECRET = "s".repeat(32);

function faults(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseEnvironment(env);
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  return [];
}

test("everything has a default", () => {
  expect(parseEnvironment({})).toEqual({
    HOST: "127.0.0.1",
    PORT: 8787,
    JWT_ALG: "HS256",
    LOG_LEVEL: "info",
  });
});

test("what is set is taken", () => {
  const env = {
    HOST: "::1",
    JWT_SECRET: SECRET,
    JWT_ALG: "HS512",
    JWT_ISSUER: "us",
    JWT_AUDIENCE: "them",
    AUTH_MODE: "upgrade",
    TOPICHUB_CONFIG: "there.json",
    LOG_LEVEL: "silent",
    LOG_FORMAT: "json",
    NODE_ENV: "production",
  };
  expect<object>(parseEnvironment({ ...env, PORT: "0", ALLOWED_ORIGINS: "*", PATH: "/bin" })).toEqual({
    ...env,
    PORT: 0,
    ALLOWED_ORIGINS: "*",
  });
});

const JWKS_URI = "'JWKS_URI' takes an http or https address without a user in it, got ";
const PORT = "'PORT' takes a port from 0 to 65535, got ";
const ORIGINS =
  "'ALLOWED_ORIGINS' takes * or a list of origins with commas, such as https://app.example.com, got ";

describe("a wrong value is named with what it takes and what it got", () => {
  const wrong: [name: string, value: string, fault: string][] = [
    ["HOST", "", `'HOST' takes a host name or an address, got ""`],
    ["PORT", "", `${PORT}""`],
    ["PORT", "http", `${PORT}"http"`],
    ["PORT", "-1", `${PORT}"-1"`],
    ["PORT", "65536", `${PORT}"65536"`],
    ["PORT", "80.5", `${PORT}"80.5"`],
    ["PORT", "0x50", `${PORT}"0x50"`],
    ["PORT", " 80", `${PORT}" 80"`],
    ["PORT", "000080", `${PORT}"000080"`],
    ["JWT_SECRET", "", `'JWT_SECRET' takes a key of 32 bytes or more, got ""`],
    ["JWT_ALG", "none", `'JWT_ALG' takes HS256, HS384, HS512; with JWKS_URI another, got "none"`],
    ["JWT_ALG", "RS256", `'JWT_ALG' takes HS256, HS384, HS512; with JWKS_URI another, got "RS256"`],
    ["JWT_ISSUER", "", `'JWT_ISSUER' takes an issuer, got ""`],
    ["JWT_AUDIENCE", "", `'JWT_AUDIENCE' takes an audience, got ""`],
    ["AUTH_MODE", "later", `'AUTH_MODE' takes upgrade, first-message, either, got "later"`],
    ["LOG_LEVEL", "verbose", `'LOG_LEVEL' takes debug, info, warn, error, silent, got "verbose"`],
    ["LOG_FORMAT", "xml", `'LOG_FORMAT' takes pretty or json, got "xml"`],
    ["TOPICHUB_CONFIG", "", `'TOPICHUB_CONFIG' takes the path of a file, got ""`],
    ["JWKS_URI", "", `${JWKS_URI}""`],
    ["JWKS_URI", "id.example.com/keys", `${JWKS_URI}"id.example.com/keys"`],
    ["JWKS_URI", "file:///etc/keys", `${JWKS_URI}"file:///etc/keys"`],
    ["REDIS_URL", "redis://localhost", "'REDIS_URL' is not offered yet"],
  ];
  test.each(wrong)("%s=%s", (name, value, fault) => {
    expect(faults({ [name]: value })).toEqual([fault]);
  });

  test("all of them at once", () => {
    expect(faults({ PORT: "x", JWT_ALG: "none", LOG_LEVEL: "loud", REDIS_URL: "" })).toEqual([
      `${PORT}"x"`,
      `'JWT_ALG' takes HS256, HS384, HS512; with JWKS_URI another, got "none"`,
      "'REDIS_URL' is not offered yet",
      `'LOG_LEVEL' takes debug, info, warn, error, silent, got "loud"`,
    ]);
  });
});

describe("an identity provider's address", () => {
  const env = { JWKS_URI: "https://id.example.com/keys" };

  test("stands in for a secret, and each key says what it is for", () => {
    expect(parseEnvironment({ ...env, NODE_ENV: "production" })).toEqual({
      ...env,
      HOST: "127.0.0.1",
      PORT: 8787,
      LOG_LEVEL: "info",
      NODE_ENV: "production",
    });
    expect(faults({ ...env, JWT_SECRET: "short", NODE_ENV: "production" })).toEqual([
      "'JWT_SECRET' takes a key of 32 bytes or more, got fewer",
    ]);
  });

  test("goes with the algorithms of its keys", () => {
    expect(parseEnvironment({ ...env, JWT_ALG: "ES256" }).JWT_ALG).toBe("ES256");
    expect(faults({ ...env, JWT_ALG: "HS256" })).toEqual([
      `'JWT_ALG' takes RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, got "HS256"`,
    ]);
  });

  test("is not quoted where it holds a password", () => {
    const [fault] = faults({ JWKS_URI: "https://me:hush@id.example.com/keys" });
    expect(fault).toBe(`${JWKS_URI}"https://…@id.example.com/keys"`);
  });
});

describe("origins", () => {
  test.each([
    ["*", "*"],
    [" * ", "*"],
    ["https://app.example.com", ["https://app.example.com"]],
    [
      "https://a.example, http://localhost:3000,http://[::1]:1",
      ["https://a.example", "http://localhost:3000", "http://[::1]:1"],
    ],
  ])("%j is %j", (list, origins) => {
    expect<unknown>(parseEnvironment({ ALLOWED_ORIGINS: list }).ALLOWED_ORIGINS).toEqual(origins);
  });

  test.each([
    "",
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://app.example.com:443",
    "HTTPS://app.example.com",
    "null",
    "https://a.example,",
    "*,https://a.example",
    "https://*.example.com/",
    "chrome-extension://abc",
    "file:///",
  ])("%j is no list of origins", (list) => {
    const [fault, ...more] = faults({ ALLOWED_ORIGINS: list });
    expect(fault).toStartWith(ORIGINS);
    expect(more).toEqual([]);
  });
});

describe("in production", () => {
  const env = { NODE_ENV: "production" };

  test("a secret is needed", () => {
    expect(faults(env)).toEqual([
      "'JWT_SECRET' is missing: it takes a key of 32 bytes or more; or set JWKS_URI",
    ]);
    expect(faults({ ...env, JWT_SECRET: SECRET })).toEqual([]);
  });

  test("an empty or short one is a fault, that does not tell it", () => {
    expect(faults({ ...env, JWT_SECRET: "" })).toEqual([
      `'JWT_SECRET' takes a key of 32 bytes or more, got ""`,
    ]);
    expect(faults({ ...env, JWT_SECRET: "s".repeat(31) })).toEqual([
      "'JWT_SECRET' takes a key of 32 bytes or more, got fewer",
    ]);
    expect(faults({ ...env, JWT_SECRET: "é".repeat(16) })).toEqual([]);
  });

  test("is told of together with what else is wrong", () => {
    expect(faults({ ...env, PORT: "x" })).toEqual([
      `${PORT}"x"`,
      "'JWT_SECRET' is missing: it takes a key of 32 bytes or more; or set JWKS_URI",
    ]);
  });

  test("is one value of NODE_ENV only", () => {
    for (const NODE_ENV of ["development", "", "Production"]) expect(faults({ NODE_ENV })).toEqual([]);
    expect(faults({ JWT_SECRET: "short" })).toEqual([]);
  });
});

test("a secret is short under 32 bytes", () => {
  expect(["", "s".repeat(31), "é".repeat(15)].every(isShort)).toBe(true);
  expect(["s".repeat(32), "é".repeat(16)].some(isShort)).toBe(false);
});

describe("what is allowed and likely not meant is warned of", () => {
  const right = { JWKS_URI: "https://id.example/keys", JWT_AUDIENCE: "topichub" };
  const cases: [name: string, env: Record<string, string>, begins: string[]][] = [
    ["a short secret", { JWT_SECRET: "s" }, ["JWT_SECRET is shorter than 32 bytes"]],
    ["no audience", { JWKS_URI: right.JWKS_URI }, ["JWT_AUDIENCE is not set"]],
    ["keys over plain http", { ...right, JWKS_URI: "http://id.example/keys" }, ["JWKS_URI is not https"]],
    ["another's name", { ...right, JWKS_URI: "http://127.0.0.1.id.example/" }, ["JWKS_URI is not https"]],
    ["an unused secret", { ...right, JWT_SECRET: SECRET, JWT_ALG: "RS256" }, ["JWT_SECRET is of no use"]],
    ["nothing", {}, []],
    ["nothing with a provider", { ...right, JWT_ALG: "RS256" }, []],
    ["nothing with both", { ...right, JWT_SECRET: SECRET }, []],
    ["nothing on this machine", { ...right, JWKS_URI: "http://127.0.0.1:8080/keys" }, []],
    ["nothing on this machine, by IPv6", { ...right, JWKS_URI: "http://[::1]:8080/keys" }, []],
  ];
  test.each(cases)("%s", (_, env, begins) => {
    const found = warnings(parseEnvironment(env));
    expect(found.map((warning, at) => warning.slice(0, begins[at]?.length))).toEqual(begins);
  });
});
