import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { type ProviderKey, ProviderKeys } from "../../../src/auth/provider-keys.ts";
import { tokenVerifier, type VerifyOptions } from "../../../src/auth/verify-token.ts";
import { AuthenticationUnavailable } from "../../../src/hub/principal.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { type ProviderAlgorithm, type SigningKey, signingKey } from "../../support/provider.ts";
import { rawToken, TEST_SECRET, token } from "../../support/token.ts";

const ALGORITHMS: ProviderAlgorithm[] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];
const signers = new Map<string, SigningKey>();
for (const alg of ALGORITHMS) signers.set(alg, await signingKey(alg, `key-${alg}`));
const signer = (alg: ProviderAlgorithm): SigningKey => {
  const found = signers.get(alg);
  if (!found) throw new Error(`no key for ${alg}`);
  return found;
};

/** What a provider that publishes these finds. */
function publishing(...published: object[]): VerifyOptions["keys"] {
  const fetch = async () => Response.json({ keys: published });
  const onError = (error: unknown) => {
    throw error;
  };
  return new ProviderKeys({ uri: "https://id.example/keys", clock: new ManualClock(), onError, fetch });
}
const all = () => publishing(...[...signers.values()].map(({ publicKey }) => publicKey));

const refusal = (given: string, options: VerifyOptions) =>
  tokenVerifier(options)(given).then(
    () => "accepted",
    (error: Error) => error.message,
  );

describe("tokens of a provider", () => {
  test.each(ALGORITHMS)("signed by %s are good", async (alg) => {
    const given = await signer(alg).token({ topics: { subscribe: ["a"], publish: [] } });
    const principal = await tokenVerifier({ keys: all() })(given);
    expect(principal).toMatchObject({ user: "alex", grants: { subscribe: ["a"], publish: [] } });
  });

  test("whose key does not say what it is for are good", async () => {
    const { alg: _, ...publicKey } = signer("RS256").publicKey;
    expect(await refusal(await signer("RS256").token(), { keys: publishing(publicKey) })).toBe("accepted");
  });

  test("of the one algorithm that is configured are good, and no others", async () => {
    const options = { keys: all(), alg: "ES256" } as const;
    expect(await refusal(await signer("ES256").token(), options)).toBe("accepted");
    expect(await refusal(await signer("RS256").token(), options)).toBe("Invalid token: wrong algorithm");
  });

  test("that say that they are access tokens are good, other kinds are not", async () => {
    const typed = async (typ: string) => {
      const [, payload = ""] = (await signer("ES256").token()).split(".");
      return tokenVerifier({ secret: TEST_SECRET })(
        rawToken({ alg: "HS256", typ }, Buffer.from(payload, "base64url").toString()),
      );
    };
    for (const typ of ["at+jwt", "application/at+jwt", "AT+JWT", "JWT"])
      expect((await typed(typ)).user).toBe("alex");
    for (const typ of ["logout+jwt", "dpop+jwt", ""])
      await expect(typed(typ)).rejects.toThrow("Invalid token: header not accepted");
  });

  test("obey issuer, audience, expiry and the rules for a user", async () => {
    const options = { keys: all(), issuer: "https://id.example/", audience: "topichub" };
    const right = { iss: options.issuer, aud: ["topichub", "other"] };
    const cases: [object, string][] = [
      [right, "accepted"],
      [{ ...right, iss: "https://id.example" }, "Invalid token: wrong issuer"],
      [{ ...right, aud: "other" }, "Invalid token: wrong audience"],
      [{ iss: right.iss }, "Invalid token: no audience"],
      [{ ...right, exp: 1 }, "Invalid token: expired"],
      [{ ...right, exp: undefined }, "Invalid token: 'exp' is missing"],
      [{ ...right, nbf: Math.floor(Date.now() / 1000) + 60 }, "Invalid token: not valid yet"],
    ];
    for (const [claims, message] of cases)
      expect(await refusal(await signer("RS256").token({ ...claims }), options)).toBe(message);
    expect(await refusal(await signer("RS256").token({ ...right, sub: "" }), options)).toStartWith(
      "Invalid token: 'sub' takes",
    );
  });
});

describe("tokens that no key of the provider signed", () => {
  test("are refused", async () => {
    const stranger = await signingKey("ES256", "key-ES256");
    expect(await refusal(await stranger.token(), { keys: all() })).toBe(
      "Invalid token: malformed, or its signature does not fit",
    );
    expect(await refusal(await stranger.token({}, "nobody"), { keys: all() })).toBe(
      "Invalid token: its key is not one of the provider's",
    );
    expect(await refusal(await stranger.token({}, ""), { keys: all() })).toBe(
      "Invalid token: 'kid' is missing",
    );
  });

  test("are refused where they name a key of another kind or curve", async () => {
    expect(await refusal(await signer("ES256").token({}, "key-RS256"), { keys: all() })).toBe(
      "Invalid token: its key is not one of the provider's",
    );
    expect(await refusal(await signer("ES256").token({}, "key-ES384"), { keys: all() })).toBe(
      "Invalid token: wrong algorithm",
    );
    const { alg: _, ...curve } = signer("ES384").publicKey;
    expect(await refusal(await signer("ES256").token({}, "key-ES384"), { keys: publishing(curve) })).toBe(
      "Invalid token: malformed, or its signature does not fit",
    );
  });

  test("are refused where a public key was taken for a secret", async () => {
    const { publicKey } = signer("RS256");
    const claims = { sub: "alex", exp: Math.floor(Date.now() / 1000) + 600 };
    for (const secret of [JSON.stringify(publicKey), String(publicKey.n)]) {
      const forged = (header: object) => {
        const signed = rawToken(header, claims, "").slice(0, -1);
        return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
      };
      const header = { alg: "HS256", typ: "JWT", kid: "key-RS256" };
      expect(await refusal(forged(header), { keys: all() })).toBe("Invalid token: wrong algorithm");
      expect(await refusal(forged(header), { keys: all(), secret: TEST_SECRET })).toStartWith(
        "Invalid token: malformed",
      );
      expect(await refusal(forged({ ...header, alg: "RS256" }), { keys: all() })).toStartWith(
        "Invalid token: malformed",
      );
    }
  });

  test("may not bring their key along, or say where it is", async () => {
    const stranger = await signingKey("ES256", "mine");
    const [, payload = "", signature = ""] = (await stranger.token()).split(".");
    const header = { alg: "ES256", kid: "mine", jwk: stranger.publicKey, jku: "https://evil.example/keys" };
    const given = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.${signature}`;
    expect(await refusal(given, { keys: all() })).toBe("Invalid token: its key is not one of the provider's");
  });
});

describe("beside a secret", () => {
  test("both are good, each by its own algorithms", async () => {
    const options = { keys: all(), secret: TEST_SECRET };
    expect(await refusal(await token(), options)).toBe("accepted");
    expect(await refusal(await signer("EdDSA").token(), options)).toBe("accepted");
    expect(await refusal(await token({}, { alg: "HS512" }), options)).toBe("Invalid token: wrong algorithm");
  });

  test("an algorithm that is configured is the only one", async () => {
    const options = { keys: all(), secret: TEST_SECRET, alg: "EdDSA" } as const;
    expect(await refusal(await token(), options)).toBe("Invalid token: wrong algorithm");
    expect(await refusal(await signer("EdDSA").token(), options)).toBe("accepted");
  });

  test("an outage of the provider is none for tokens of the secret", async () => {
    const find = async (): Promise<ProviderKey> => {
      throw new AuthenticationUnavailable("later");
    };
    const options = { keys: { find }, secret: TEST_SECRET };
    expect(await refusal(await token(), options)).toBe("accepted");
    await expect(tokenVerifier(options)(await signer("ES256").token())).rejects.toBeInstanceOf(
      AuthenticationUnavailable,
    );
  });
});
