import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { isKeySetAddress, type ProviderKey, ProviderKeys } from "../../../src/auth/provider-keys.ts";
import { AuthenticationUnavailable } from "../../../src/hub/principal.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { eventually } from "../../support/deadline.ts";
import { startProvider } from "../../support/provider.ts";

const FRESH_MS = 600_000;
const PAUSE_MS = 6_000;

const key = (kid: string, kty: ProviderKey["kty"] = "EC") => ({ kty, kid, crv: "P-256", x: "x", y: "y" });
const providers: ReturnType<typeof startProvider>[] = [];
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider[Symbol.asyncDispose]();
});

function open(...published: unknown[]) {
  const provider = startProvider(published);
  providers.push(provider);
  const clock = new ManualClock();
  const errors: string[] = [];
  const onError = (error: unknown) => void errors.push(String(error));
  const keys = new ProviderKeys({ uri: provider.uri, clock, onError });
  return { provider, clock, errors, keys, find: (kid: string) => keys.find(kid, "EC") };
}
const unavailable = (promise: Promise<unknown>) =>
  expect(promise).rejects.toBeInstanceOf(AuthenticationUnavailable);

describe("a key that the provider has", () => {
  test("is found, and fetched once however many look for it", async () => {
    const { provider, find } = open(key("a"), key("b"));
    expect(await Promise.all([find("a"), find("b"), find("a")])).toEqual([key("a"), key("b"), key("a")]);
    await find("b");
    expect(provider.requests).toBe(1);
  });

  test("is looked at again after ten minutes, and no longer found once it was taken back", async () => {
    const { provider, clock, find } = open(key("a"), key("b"));
    await find("a");
    provider.keys = [key("b")];
    clock.advance(FRESH_MS - 1);
    expect(await find("a")).toEqual(key("a"));
    clock.advance(1);
    expect(await find("a")).toBeUndefined();
    expect(provider.requests).toBe(2);
  });

  test("that is new is found at once, since a token named it", async () => {
    const { provider, find } = open(key("a"));
    await find("a");
    provider.keys = [key("a"), key("b")];
    expect(await find("b")).toEqual(key("b"));
  });

  test("is one of the kind that is asked for", async () => {
    const { keys } = open(key("a", "RSA"), key("a", "EC"));
    expect([await keys.find("a", "EC"), await keys.find("a", "RSA"), await keys.find("a", "OKP")]).toEqual([
      key("a", "EC"),
      key("a", "RSA"),
      undefined,
    ]);
  });
});

test("keys that are nobody's make the provider be asked three times, and once in six seconds from then on", async () => {
  const { provider, clock, find } = open(key("a"));
  await find("a");
  const guess = async () => {
    expect(await Promise.all(Array.from({ length: 50 }, (_, at) => find(`guess-${at}`)))).toEqual(
      Array.from({ length: 50 }, () => undefined),
    );
  };
  for (const requests of [2, 3, 3, 3]) {
    await guess();
    expect(provider.requests).toBe(requests);
  }
  clock.advance(PAUSE_MS);
  for (let round = 0; round < 3; round++) await guess();
  expect(provider.requests).toBe(4);
  expect(await find("a")).toEqual(key("a"));
});

test("keys that are of no use to us are left out, whatever else they are", async () => {
  const odd = [null, 5, { kid: "c" }, { kty: "oct", kid: "c", k: "AAAA" }, { ...key("c"), use: "enc" }];
  const { find } = open(...odd, { kty: "EC" }, { ...key("a"), use: "sig" });
  expect([await find("c"), await find("a")]).toEqual([undefined, { ...key("a"), use: "sig" }]);
});

describe("an outage of the provider", () => {
  const elsewhere = startProvider([key("a")]);
  afterAll(() => elsewhere[Symbol.asyncDispose]());
  const outages: [string, () => Response][] = [
    ["an error", () => new Response("down", { status: 500 })],
    ["something else", () => new Response("<html>")],
    ["no key set", () => Response.json({ error: "later" })],
    ["another address", () => new Response(null, { status: 302, headers: { Location: elsewhere.uri } })],
    ["more than a key set is", () => new Response(`{"keys":[]${" ".repeat(2 ** 20)}}`)],
  ];
  test.each(outages)("that is %s leaves the keys that were there", async (_, failure) => {
    const { provider, clock, errors, find } = open(key("a"));
    await find("a");
    provider.failure = failure;
    clock.advance(FRESH_MS);
    expect(await find("a")).toEqual(key("a"));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`the keys at ${provider.uri} could not be fetched`);
    // Others may be new: nobody can tell.
    await unavailable(find("b"));
    expect(provider.requests).toBe(3);
    provider.failure = undefined;
    provider.keys = [key("b")];
    clock.advance(PAUSE_MS);
    expect(await find("b")).toEqual(key("b"));
  });

  test("from the beginning refuses nobody for good", async () => {
    const { provider, clock, errors, find } = open(key("a"));
    provider.failure = () => new Response("down", { status: 503 });
    for (let round = 0; round < 5; round++) await unavailable(find("a"));
    expect([provider.requests, errors.length]).toEqual([3, 3]);
    provider.failure = undefined;
    clock.advance(PAUSE_MS);
    expect(await find("a")).toEqual(key("a"));
  });

  test("that hangs is one after five seconds", async () => {
    const { provider, errors, find } = open(key("a"));
    provider.failure = () => new Promise<Response>(() => {});
    await unavailable(find("a"));
    expect(errors).toEqual([
      `Error: the keys at ${provider.uri} could not be fetched: it did not answer within 5 s`,
    ]);
  }, 10_000);

  test("holds up nobody whose key is known, once it is known to be one", async () => {
    const { provider, clock, find } = open(key("a"));
    await find("a");
    clock.advance(FRESH_MS);
    provider.failure = () => new Response("down", { status: 500 });
    await find("a");
    const hanging = Promise.withResolvers<Response>();
    provider.failure = () => hanging.promise;
    expect(await find("a")).toEqual(key("a"));
    await eventually(() => provider.requests === 3, 2000, "the provider to be asked again");
    hanging.resolve(new Response("down", { status: 500 }));
  });

  const failures: [string, Error, string][] = [
    [
      "which Node puts into a cause",
      new TypeError("fetch failed", { cause: new AggregateError([new Error("connect ECONNREFUSED ::1:1")]) }),
      "connect ECONNREFUSED ::1:1",
    ],
    [
      "which Deno tells with the whole address",
      new TypeError("error sending request for url (https://id.example/keys?key=hush): connection refused"),
      "error sending request for url (https://id.example/keys): connection refused",
    ],
  ];
  test.each(failures)(
    "is told with what kept the request from being made, %s",
    async (_, failure, reason) => {
      const errors: string[] = [];
      const keys = new ProviderKeys({
        uri: "https://id.example/keys?key=hush",
        clock: new ManualClock(),
        onError: (error) => void errors.push(String(error)),
        fetch: () => Promise.reject(failure),
      });
      await unavailable(keys.find("a", "EC"));
      expect(errors).toEqual([`Error: the keys at https://id.example/keys could not be fetched: ${reason}`]);
    },
  );

  test("that is no server at all is one, too, and the log has no query of its address", async () => {
    const errors: string[] = [];
    const uri = "http://127.0.0.1:1/keys?key=hush";
    const onError = (error: unknown) => void errors.push(String(error));
    await unavailable(new ProviderKeys({ uri, clock: new ManualClock(), onError }).find("a", "EC"));
    expect(errors[0]).toContain("http://127.0.0.1:1/keys");
    expect(errors[0]).not.toContain("hush");
  });
});

test.each([-10, 10])("keys last as long although the clock is put %p times that on", async (times) => {
  const { provider, clock, find } = open(key("a"));
  await find("a");
  clock.set(clock.now() + times * FRESH_MS);
  await find("a");
  expect(provider.requests).toBe(1);
  clock.advance(FRESH_MS);
  await find("a");
  expect(provider.requests).toBe(2);
});

test("addresses of key sets", () => {
  const good = ["https://id.example.com/keys", "http://localhost:8080/realms/a/certs?x=1"];
  const bad = ["", "keys", "ftp://id.example.com/keys", "https://me:hush@id.example.com/", "data:,"];
  expect([good.every(isKeySetAddress), bad.some(isKeySetAddress)]).toEqual([true, false]);
});
