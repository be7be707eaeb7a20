import { describe, expect, test } from "bun:test";
import {
  type Client,
  type ConnectOptions,
  connect,
  type Message,
  type Refusal,
  type Via,
} from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { postJson } from "../support/http.ts";
import { type Provider, signingKey, startProvider } from "../support/provider.ts";
import { sharedServer } from "../support/shared-server.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const SIGNED_IN: Message = {
  status: "success",
  message: "Authenticated successfully",
  action: "authenticate",
  user: "alex",
  expires_at: expect.any(Number),
};

/** Opens a connection that has not signed in, whatever token is shown at the upgrade. */
const stranger = (server: Server, options: ConnectOptions = {}) =>
  connect(server, { awaitsWelcome: false, ...options });

async function refusal(server: Server, options: ConnectOptions): Promise<Refusal> {
  const outcome: Client | Refusal = await connect(server, options).catch((error: Refusal) => error);
  if (!(outcome instanceof Error)) throw new Error("the server let it in");
  return outcome;
}

export function signingIn(target: Target): void {
  describe("by the first message", () => {
    const server = sharedServer(target, {
      env: { AUTH_MODE: "first-message" },
      config: {
        auth: { mode: "upgrade", first_message_timeout_ms: 1000 },
        limits: { unauthenticated: 3, connections_per_user: 2 },
      },
    });

    test("a good token is answered, and then comes the welcome", async () => {
      await using client = await stranger(server());
      await client.expectSilence();
      expect(await client.request({ action: "authenticate", token: await token(), id: 1 })).toEqual({
        ...SIGNED_IN,
        id: 1,
      });
      expect(await client.next()).toMatchObject({ type: "welcome", user: "alex" });
      await client.request({ action: "subscribe", topic: "a" });
      await client.request({ action: "publish", topic: "a", data: 1 });
      expect(await client.next()).toMatchObject({ topic: "a", data: 1 });
      // The time for the first message is over, and was for that one.
      await client.expectSilence(1200);
      expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
    });

    test("a client that offers no subprotocol gets no welcome", async () => {
      await using client = await stranger(server(), { protocols: [] });
      expect(await client.request({ action: "authenticate", token: await token() })).toMatchObject(SIGNED_IN);
      await client.expectSilence();
    });

    test("what follows in the same packet is answered after it", async () => {
      await using client = await stranger(server());
      client.send({ action: "authenticate", token: await token() });
      client.send({ action: "subscribe", topic: "a", id: 1 });
      client.send({ action: "ping", id: 2 });
      expect([await client.nextReply(), await client.nextReply(), await client.nextReply()]).toMatchObject([
        SIGNED_IN,
        { id: 1, status: "success" },
        { id: 2, message: "pong" },
      ]);
    });

    for (const via of ["header", "query", "subprotocol"] as Via[])
      test(`a token shown at the upgrade as ${via} is not looked at`, async () => {
        await using client = await stranger(server(), { token: await token({ exp: 1 }), via });
        client.send({ action: "authenticate" });
        expect(await client.closed).toEqual({ code: 1008, reason: "Missing token" });
      });

    test("the cookie's token counts where the message brings none", async () => {
      await using client = await stranger(server(), { token: await token({ sub: "kim" }), via: "cookie" });
      expect(await client.request({ action: "authenticate" })).toMatchObject({ ...SIGNED_IN, user: "kim" });
    });

    const bad: [string, unknown, string][] = [
      ["another action", { action: "ping" }, "Missing authentication message"],
      ["text that is no JSON", "hello", "Missing authentication message"],
      ["no token", { action: "authenticate" }, "Missing token"],
      ["a bad token", { action: "authenticate", token: "a.b.c" }, "Invalid token"],
    ];
    for (const [name, message, reason] of bad)
      test(`${name} closes with 1008, ${reason}`, async () => {
        await using client = await stranger(server());
        client.send(message as object | string);
        expect(await client.closed).toEqual({ code: 1008, reason });
        expect(client.received).toEqual([]);
      });

    test("nothing within the time closes with 1008", async () => {
      await using client = await stranger(server());
      expect(await client.closed).toEqual({ code: 1008, reason: "Authentication timeout" });
    });

    test("one connection too many of a user closes with 4503", async () => {
      const signIn = async () => {
        const client = await stranger(server());
        client.send({ action: "authenticate", token: await token({ sub: "sam" }) });
        return client;
      };
      await using one = await signIn();
      await using two = await signIn();
      for (const client of [one, two]) expect(await client.next()).toMatchObject({ type: "welcome" });
      await using three = await signIn();
      expect((await three.closed).code).toBe(4503);
      await one.close();
      const isBack = async () => (await (await signIn()).next()).type === "welcome";
      await eventually(isBack, 5000, "the place to come back");
    });

    test("no more than the limit may wait to sign in, and each gives its place back", async () => {
      const all = await Promise.all([1, 2, 3].map(() => stranger(server())));
      const refused = await refusal(server(), { awaitsWelcome: false });
      expect([refused.status, refused.headers.get("retry-after"), refused.json]).toMatchObject([
        503,
        expect.any(String),
        { code: "limit_reached" },
      ]);
      expect(await all[0]?.request({ action: "authenticate", token: await token() })).toMatchObject(
        SIGNED_IN,
      );
      await using next = await stranger(server());
      expect((await next.closed).reason).toBe("Authentication timeout");
      await all[0]?.close();
    });

    test("renewing works as ever, and over HTTP the header's token counts", async () => {
      await using client = await stranger(server());
      const good = await token();
      for (let at = 0; at < 2; at++)
        expect(await client.request({ action: "authenticate", token: good })).toMatchObject(SIGNED_IN);
      const answer = await postJson(server(), "/publish", { topic: "a", data: 1 }, { token: good });
      expect(answer.status).toBe(200);
    });

    test("who has not signed in is told when the server stops", async () => {
      await using own = await spawnServer(target, { env: { AUTH_MODE: "first-message" } });
      await using client = await stranger(own);
      const stopped = own.stop();
      expect(await client.next()).toEqual({ type: "reconnect", after_ms: expect.any(Number) });
      expect(await client.closed).toEqual({ code: 1012, reason: "Server is stopping" });
      expect((await stopped).code).toBe(0);
    });
  });

  describe("in either way", () => {
    const server = sharedServer(target, { config: { auth: { mode: "either" } } });

    test("a token that is shown is judged before the upgrade", async () => {
      await using client = await connect(server(), { token: await token() });
      expect(client.welcome).toMatchObject({ user: "alex" });
      for (const via of ["header", "query", "subprotocol", "cookie"] as Via[])
        expect((await refusal(server(), { token: "bad", via })).status).toBe(401);
    });

    test("where there is none the first message brings it", async () => {
      await using client = await stranger(server());
      expect(await client.request({ action: "authenticate", token: await token() })).toMatchObject(SIGNED_IN);
      expect(await client.next()).toMatchObject({ type: "welcome" });
    });
  });

  describe("with the keys of an identity provider", () => {
    const issuer = "https://id.example/";
    const open = async (provider: Provider, env: Record<string, string | undefined> = {}) =>
      spawnServer(target, {
        env: {
          JWKS_URI: provider.uri,
          JWT_ISSUER: issuer,
          JWT_AUDIENCE: "topichub",
          JWT_SECRET: undefined,
          ...env,
        },
      });
    const claims = { iss: issuer, aud: "topichub", topics: { subscribe: ["a"], publish: ["a"] } };
    const enters = async (server: Server, given: string) => {
      await using client = await connect(server, { token: given });
      return client.welcome?.user;
    };

    for (const alg of ["RS256", "ES256", "EdDSA"] as const)
      test(`a token signed by ${alg} is good, at the upgrade, over HTTP and when it is renewed`, async () => {
        const key = await signingKey(alg, "one");
        await using provider = startProvider([key.publicKey]);
        await using server = await open(provider);
        const given = await key.token(claims);
        await using client = await connect(server, { token: given });
        await client.request({ action: "subscribe", topic: "a" });
        expect((await postJson(server, "/publish", { topic: "a", data: 1 }, { token: given })).status).toBe(
          200,
        );
        expect(await client.next()).toMatchObject({ topic: "a", data: 1 });
        expect(await client.request({ action: "authenticate", token: given })).toMatchObject(SIGNED_IN);
        expect(provider.requests).toBe(1);
        for (const wrong of [
          { ...claims, iss: "https://evil.example/" },
          { ...claims, aud: "other" },
        ])
          expect((await refusal(server, { token: await key.token(wrong) })).status).toBe(401);
        expect((await refusal(server, { token: await token() })).status).toBe(401);
      });

    test("a provider that is down is never a 500, and takes nobody out whose key is known", async () => {
      const key = await signingKey("ES256", "one");
      await using provider = startProvider([key.publicKey]);
      const down = () => new Response("down", { status: 500 });
      provider.failure = down;
      await using server = await open(provider, { AUTH_MODE: "either" });
      const given = await key.token(claims);
      const refused = await refusal(server, { token: given });
      expect([refused.status, refused.headers.get("retry-after"), refused.json]).toMatchObject([
        503,
        expect.any(String),
        { code: "unavailable" },
      ]);
      await using client = await stranger(server);
      client.send({ action: "authenticate", token: given });
      expect((await client.closed).code).toBe(1013);
      provider.failure = undefined;
      expect(await enters(server, given)).toBe("alex");
      provider.failure = down;
      expect(await enters(server, given)).toBe("alex");
      expect(server.stderr()).toContain("could not be fetched: it answered 500");
      expect(server.stderr()).not.toContain(given.slice(0, 20));
    });

    test("a publisher is told that nothing was published while the provider is down", async () => {
      const key = await signingKey("ES256", "one");
      await using provider = startProvider();
      provider.failure = () => new Response("down", { status: 500 });
      await using server = await open(provider);
      const answer = await postJson(
        server,
        "/publish",
        { topic: "a", data: 1 },
        { token: await key.token(claims) },
      );
      expect([answer.status, answer.headers.get("retry-after"), answer.json]).toMatchObject([
        503,
        expect.any(String),
        { code: "unavailable", outcome: "none" },
      ]);
    });

    test("a key that is new is found when a token names it", async () => {
      const [one, two] = [await signingKey("RS256", "one"), await signingKey("ES256", "two")];
      await using provider = startProvider([one.publicKey]);
      await using server = await open(provider, { JWT_SECRET: "a secret beside the provider, 40 bytes.." });
      expect(await enters(server, await one.token(claims))).toBe("alex");
      provider.keys = [one.publicKey, two.publicKey];
      const given = await two.token(claims);
      expect(await eventually(() => enters(server, given), 15_000, "the new key")).toBe("alex");
      const own = await token(claims, { secret: "a secret beside the provider, 40 bytes.." });
      expect(await enters(server, own)).toBe("alex");
      expect(provider.requests).toBe(2);
    });
  });
}
