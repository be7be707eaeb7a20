import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { tokenVerifier } from "../../../src/auth/verify-token.ts";
import { runToExit, type SpawnOptions } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";
import { TEST_SECRET, token } from "../../support/token.ts";

setDefaultTimeout(30_000);

const DAY_MS = 86_400_000;

function topichub(args: string[], env: SpawnOptions["env"] = {}) {
  return runToExit({ command: targets.bun.program }, { args, env });
}

/** The principal of a token that the program printed. */
async function made(args: string[], env: SpawnOptions["env"] = {}, secret = TEST_SECRET) {
  const { code, stdout, stderr } = await topichub(["token", ...args], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  return tokenVerifier({ secret, alg: env?.JWT_ALG === "HS512" ? "HS512" : "HS256" })(stdout.trim());
}

async function lines(args: string[], env: SpawnOptions["env"] = {}): Promise<string[]> {
  const { code, stdout, stderr } = await topichub(args, env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  return stderr.trimEnd().split("\n");
}

describe("topichub token", () => {
  test("prints a token for an hour, with the server's default grants", async () => {
    const before = Date.now();
    const { user, isAdmin, grants, expiresAt = 0, claims } = await made(["--user", "alex"]);
    expect({ user, isAdmin, grants }).toEqual({ user: "alex", isAdmin: false, grants: undefined });
    expect(Object.keys(claims).sort()).toEqual(["exp", "sub"]);
    expect(expiresAt).toBeGreaterThan(before + DAY_MS / 24 - 1000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + DAY_MS / 24);
  });

  test("takes grants, a time to live and what the server asks for", async () => {
    const grants = ["--subscribe", "event:*", "--subscribe", "app_log", "--publish", "agent:*"];
    const secret = "another secret of at least thirty-two bytes";
    const env = { JWT_ALG: "HS512", JWT_ISSUER: "us", JWT_AUDIENCE: "them", JWT_SECRET: secret };
    const principal = await made(["--user", "kim", "--admin", "--ttl", "2d", ...grants], env, secret);
    expect(principal).toMatchObject({
      user: "kim",
      isAdmin: true,
      grants: { subscribe: ["event:*", "app_log"], publish: ["agent:*"] },
      claims: { iss: "us", aud: "them" },
    });
    expect(Math.abs((principal.expiresAt ?? 0) - Date.now() - 2 * DAY_MS)).toBeLessThan(60_000);
  });

  test("with one half of the grants grants nothing of the other", async () => {
    const grantsOf = async (...flags: string[]) => (await made(["--user", "kim", ...flags])).grants;
    expect(await grantsOf("--publish", "a")).toEqual({ subscribe: [], publish: ["a"] });
    expect(await grantsOf("--subscribe", "a")).toEqual({ subscribe: ["a"], publish: [] });
  });

  test("names everything that is wrong, at once", async () => {
    const args = ["token", "--ttl", "1y", "--subscribe", "a b", "--publish", "**"];
    expect(await lines(args, { JWT_SECRET: undefined, JWT_ALG: "none" })).toEqual([
      "topichub: 'JWT_ALG' takes HS256, HS384, HS512; with JWKS_URI another, got \"none\"",
      "topichub: --user is missing: it takes the name that the token speaks for",
      "topichub: --ttl takes a number and s, m, h or d, such as 12h, got '1y'",
      "topichub: --subscribe takes a topic or a pattern, got 'a b': A topic has no white space, control, format or surrogate characters",
      "topichub: --publish takes a topic or a pattern, got '**': '*' may only stand at the end, where it makes a pattern",
    ]);
    expect(await lines(["token", "--nope", "--ttl"], { JWT_SECRET: undefined })).toEqual([
      "topichub: unknown flag --nope (see topichub token --help)",
      "topichub: --ttl takes a value (see topichub token --help)",
      "topichub: --user is missing: it takes the name that the token speaks for",
      "topichub: 'JWT_SECRET' is missing: it takes the key of the server that is to accept the token",
    ]);
  });

  test("puts the grants where the server's configuration has them", async () => {
    const options = {
      args: ["token", "--user", "kim", "--subscribe", "a"],
      config: { auth: { claim: "perm" } },
    };
    const { stdout } = await runToExit({ command: targets.bun.program }, options);
    const { grants } = await tokenVerifier({ secret: TEST_SECRET, claim: "perm" })(stdout.trim());
    expect(grants).toEqual({ subscribe: ["a"], publish: [] });
  });

  test("never prints the secret", async () => {
    const { stdout, stderr } = await topichub(["token", "--user", "", "--nope"]);
    expect(stdout + stderr).not.toContain(TEST_SECRET);
    expect(stderr).toContain("--nope");
  });
});

describe("topichub", () => {
  test("says what is wrong with a command or a flag", async () => {
    expect(await lines(["fly"])).toEqual([
      "topichub: Unknown command 'fly': it takes serve, token, subscribe or publish",
    ]);
    expect(await lines(["subscibe"])).toEqual(["topichub: Unknown command 'subscibe': is it subscribe?"]);
    expect(await lines(["__proto__"])).toEqual([
      "topichub: Unknown command '__proto__': it takes serve, token, subscribe or publish",
    ]);
    expect(await lines(["token", "--user=a", "--nope"])).toEqual([
      "topichub: unknown flag --nope (see topichub token --help)",
    ]);
    expect(await lines(["token", "--user"])).toEqual([
      "topichub: --user takes a value (see topichub token --help)",
    ]);
    expect(await lines(["serve", "here"])).toEqual([
      "topichub: unexpected argument 'here' (see topichub serve --help)",
    ]);
    expect(await lines(["serve", "--colour", "--port", "-1"], { LOG_LEVEL: "lo\nud" })).toEqual([
      "topichub: unknown flag --colour (see topichub serve --help)",
      expect.stringMatching(/^topichub: --port takes a port from 0 to 65535, got "-1"$/),
      expect.stringContaining("'LOG_LEVEL' takes"),
    ]);
  });

  test("repeats no token, wherever it stands", async () => {
    const stray = await token();
    expect(await lines(["publish", "a", "1", stray, "--token=b"])).toEqual([
      "topichub: unexpected argument '<token>' (see topichub publish --help)",
    ]);
  });

  test("prints its help and its version", async () => {
    const { version } = (await import("../../../package.json", { with: { type: "json" } })).default;
    expect(await topichub(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
    for (const args of [[], ["--help"], ["help", "__proto__"]]) {
      const { code, stdout } = await topichub(args);
      expect({ code, start: stdout.slice(0, 9) }).toEqual({ code: 0, start: "topichub:" });
    }
    for (const command of ["serve", "token", "subscribe", "publish"])
      for (const args of [
        [command, "x", "-h"],
        ["help", command],
      ]) {
        const { code, stdout } = await topichub(args);
        expect({ code, first: stdout.split(" ").slice(0, 2) }).toEqual({
          code: 0,
          first: ["topichub", command],
        });
      }
  });
});
