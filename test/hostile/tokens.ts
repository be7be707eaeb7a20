import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { askForStream } from "../support/event-stream.ts";
import { type Provider, type SigningKey, signingKey, startProvider } from "../support/provider.ts";
import { rawRequest } from "../support/raw-http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { rawToken, TEST_SECRET, token } from "../support/token.ts";
import { type Case, malformed, oddAndGood, ofBadClaims, ofOwnKey, ofWrongAlgorithm } from "./bad-tokens.ts";
import { bystander } from "./bystander.ts";
import {
  type Fate,
  firstMessage,
  httpPlaces,
  type Place,
  renewal,
  upgraded,
  upgradePlaces,
} from "./token-places.ts";

const limits = { messages_per_second: 100_000, message_burst: 100_000, connections_per_user: 1000 };
// So many at once, since a token takes a connection of its own in most places.
const AT_ONCE = 16;

/** Tokens that were made to get in, in every place where one may stand. */
export function tokens(target: Target): void {
  let provider: Provider;
  let keys: Record<string, SigningKey>;
  let servers: Record<"upgrade" | "first-message", Server>;
  let asked = 0;
  const honeypot = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => Response.json({ keys: [++asked] }),
  });
  const url = honeypot.url.href;

  beforeAll(async () => {
    const [rs, es, ed] = await Promise.all([
      signingKey("RS256", "rs"),
      signingKey("ES256", "es"),
      signingKey("EdDSA", "ed"),
    ]);
    keys = { rs, es, ed };
    provider = startProvider([rs.publicKey, es.publicKey, ed.publicKey]);
    const open = (mode: string) =>
      spawnServer(target, {
        env: { JWKS_URI: provider.uri, JWT_SECRET: TEST_SECRET, AUTH_MODE: mode },
        config: { limits },
      });
    const [upgrade, first] = await Promise.all([open("upgrade"), open("first-message")]);
    servers = { upgrade, "first-message": first };
  }, 30_000);
  afterAll(async () => {
    await Promise.all([...Object.values(servers), provider].map((it) => it[Symbol.asyncDispose]()));
    await honeypot.stop(true);
  });

  /** Shows each token in each place: `fits` says what may become of it there. */
  const inEachPlace = async (
    cases: readonly Case[],
    fits: (fate: Fate, place: string, name: string) => boolean,
  ): Promise<void> => {
    await using beside = await bystander(servers.upgrade);
    const { place, client } = await renewal(servers.upgrade);
    const places: Record<string, Place> = {
      ...upgradePlaces(servers.upgrade),
      ...httpPlaces(servers.upgrade),
      renewal: place,
      "first message": firstMessage(servers["first-message"]),
    };
    const jobs = Object.entries(places).flatMap(([where, show]) =>
      cases.map(([name, given]) => async () => {
        const fate = await show(given);
        return fits(fate, where, name) ? [] : [`${name}, in ${where}: ${fate}`];
      }),
    );
    const wrong: string[] = [];
    const work = async () => {
      for (let job = jobs.pop(); job; job = jobs.pop()) wrong.push(...(await job()));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrong).toEqual([]);
    await client.close();
    await beside.unharmed();
    const shown = cases.map(([, given]) => given).filter((given) => given.length > 60);
    for (const { stderr } of Object.values(servers))
      expect(shown.filter((given) => stderr().includes(given.slice(-20)))).toEqual([]);
  };

  /** Refused as a bad token is; one that no header can hold, before it is looked at. */
  const isRefused = (fate: Fate, place: string): boolean => {
    if (place === "renewal") return fate === "unauthorized";
    if (place === "first message") return fate === "1008 Invalid token";
    return fate === 401 || (place === "subprotocol" && fate === 400);
  };

  test("no algorithm but the one that is configured, whatever key it is signed by", async () => {
    const cases = ofWrongAlgorithm(keys);
    expect(cases.length).toBeGreaterThan(100);
    await inEachPlace(cases, isRefused);
  });

  test("no key that a token brings or names itself, and none is fetched", async () => {
    await inEachPlace(await ofOwnKey(await signingKey("RS256", "own"), url), isRefused);
    expect(asked).toBe(0);
    // Ids that nobody knows make it look again, and not as often as they come.
    expect(provider.requests).toBeLessThan(10);
  });

  test("nothing that is not formed as a token", () => inEachPlace(malformed(), isRefused));

  test("no claim that is wrong", () => inEachPlace(ofBadClaims(), isRefused));

  test("what is odd and good is taken for what it is", async () => {
    const cases = oddAndGood(url);
    const users = new Map(cases.map(({ name, user }) => [name, user]));
    const given = cases.map(({ name, given }): Case => [name, given]);
    await inEachPlace(given, (fate, _, name) => fate === "let in" || fate === users.get(name));
    expect(asked).toBe(0);
  });

  test("a token too long is refused in each place, by whoever sees it first", async () => {
    const filled = (bytes: number) => {
      const claims = { sub: "mallory", exp: 9_999_999_999 };
      const { length } = rawToken({ alg: "HS256" }, { ...claims, x: "" });
      return rawToken({ alg: "HS256" }, { ...claims, x: "x".repeat(Math.floor(((bytes - length) * 3) / 4)) });
    };
    const cases: Case[] = [8_193, 8_300, 12_000].map((bytes) => [String(bytes), filled(bytes + 1)]);
    await inEachPlace(cases, isRefused);
    const huge = filled(100_000);
    for (const [where, show] of Object.entries({
      ...upgradePlaces(servers.upgrade),
      ...httpPlaces(servers.upgrade),
    }))
      expect([where, [400, 401, 413, 414, 431].includes(Number(await show(huge)))]).toEqual([where, true]);
    expect(await firstMessage(servers["first-message"])(huge)).toStartWith("1009 ");
    const { place, client } = await renewal(servers.upgrade);
    expect(await place(huge).catch(String)).toContain("closed with 1009");
    expect((await client.closed).code).toBe(1009);
  });

  describe("of two tokens", () => {
    const good = () => token({ sub: "good" });
    const bad = rawToken({ alg: "none" }, { sub: "bad", exp: 9_999_999_999 }, "");
    const at = ["header", "subprotocol", "query", "cookie"] as const;
    const show = (given: Readonly<Partial<Record<(typeof at)[number], string>>>) => ({
      headers: {
        ...(given.header !== undefined && { Authorization: `Bearer ${given.header}` }),
        ...(given.cookie !== undefined && { Cookie: `access_token_cookie=${given.cookie}` }),
      },
      protocols: ["topichub.v1", ...(given.subprotocol === undefined ? [] : [`bearer.${given.subprotocol}`])],
      path: given.query === undefined ? "/ws" : `/ws?token=${given.query}`,
    });

    test("in two places the one of the first place decides", async () => {
      for (const [rank, first] of at.entries())
        for (const second of at.slice(rank + 1)) {
          const fates = [
            await upgraded(servers.upgrade, show({ [first]: await good(), [second]: bad })),
            await upgraded(servers.upgrade, show({ [first]: bad, [second]: await good() })),
            await upgraded(servers.upgrade, show({ [first]: "", [second]: await good() })),
          ];
          expect([first, second, ...fates]).toEqual([first, second, "good", 401, 401]);
        }
    });

    test("in one place a bad one first is never passed over", async () => {
      const [right, wrong] = [await good(), bad];
      const twice: [string, Parameters<typeof upgraded>[1]][] = [
        ["query", { path: `/ws?token=${wrong}&token=${right}` }],
        ["query, escaped", { path: `/ws?token=${wrong}&%74oken=${right}` }],
        ["cookie", { headers: { Cookie: `access_token_cookie=${wrong}; access_token_cookie=${right}` } }],
        ["subprotocol", { protocols: ["topichub.v1", `bearer.${wrong}`, `bearer.${right}`] }],
        [
          "header",
          {
            headers: [
              ["Authorization", `Bearer ${wrong}`],
              ["Authorization", `Bearer ${right}`],
            ],
          },
        ],
        ["header, joined", { headers: { Authorization: `Bearer ${wrong}, Bearer ${right}` } }],
        ["header, spaced", { headers: { Authorization: `Bearer ${wrong} ${right}` } }],
      ];
      for (const [name, options] of twice)
        expect([name, await upgraded(servers.upgrade, options)]).toEqual([name, 401]);
    });

    test("in one place a good one first is not made better by what follows", async () => {
      const [right, wrong] = [await good(), bad];
      const header = [
        ["Authorization", `Bearer ${right}`],
        ["Authorization", `Bearer ${wrong}`],
      ] as const;
      // Some platforms leave a second one out, others join the two.
      expect(["good", 401]).toContain(await upgraded(servers.upgrade, { headers: header }));
      const twice: [string, Parameters<typeof upgraded>[1], Fate][] = [
        ["query", { path: `/ws?token=${right}&token=${wrong}` }, "good"],
        [
          "cookie",
          { headers: { Cookie: `access_token_cookie=${right}; access_token_cookie=${wrong}` } },
          "good",
        ],
        ["subprotocol", { protocols: ["topichub.v1", `bearer.${right}`, `bearer.${wrong}`] }, "good"],
        ["header, joined", { headers: { Authorization: `Bearer ${right}, Bearer ${wrong}` } }, 401],
      ];
      for (const [name, options, fate] of twice)
        expect([name, await upgraded(servers.upgrade, options)]).toEqual([name, fate]);
    });

    test("over HTTP only the header's is looked at", async () => {
      const [right, wrong] = [await good(), bad];
      const publish = (given: string, other: string) =>
        rawRequest(servers.upgrade, {
          method: "POST",
          target: `/publish?token=${other}`,
          headers: [
            ["Authorization", `Bearer ${given}`],
            ["Cookie", `access_token_cookie=${other}`],
          ],
          body: "{",
        });
      expect((await publish(right, wrong)).status).toBe(400);
      expect((await publish(wrong, right)).status).toBe(401);
      const stream = await askForStream(servers.upgrade, `/sse?topic=a&token=${right}`, { token: wrong });
      expect("status" in stream && stream.status).toBe(401);
    });

    test("in a first message nothing that was shown at the upgrade counts beside it", async () => {
      const server = servers["first-message"];
      await using client = await connect(server, {
        token: await good(),
        via: "cookie",
        awaitsWelcome: false,
      });
      client.send({ action: "authenticate", token: bad });
      expect(await client.closed).toEqual({ code: 1008, reason: "Invalid token" });
    });
  });
}
