import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, type Message } from "../support/client.ts";
import { getJson, type JsonOptions, postJson } from "../support/http.ts";
import { startProvider } from "../support/provider.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { rawToken, TEST_SECRET, token } from "../support/token.ts";
import { bystander } from "./bystander.ts";

const limits = {
  ...{
    messages_per_second: 100_000,
    message_burst: 100_000,
    connections_per_user: 1000,
    subscriptions: 1000,
  },
  ...{ idempotency_keys: 100, kept_topics: 300, kept_bytes: 2_000_000 },
};
const config = { limits, topics: [{ match: "kept:*", history: { size: 100, ttl_s: 300 } }] };
// Counts say what is kept; this, that nothing else is held in great amounts.
const MOST_MIB = 400;

/** What somebody may fill without end, were there none. */
export function growth(target: Target): void {
  const provider = startProvider();
  let server: Server;
  beforeAll(async () => {
    server = await spawnServer(target, { config, env: { JWKS_URI: provider.uri, JWT_SECRET: TEST_SECRET } });
  }, 20_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  }, 20_000);

  const as = async (sub: string): Promise<JsonOptions> => ({ token: await token({ sub, admin: true }) });
  /** Many at once, a few at a time. */
  const each = async (count: number, job: (at: number) => Promise<unknown>) => {
    const jobs = Array.from({ length: count }, (_, at) => at);
    const work = async () => {
      for (let at = jobs.shift(); at !== undefined; at = jobs.shift()) await job(at);
    };
    await Promise.all(Array.from({ length: 8 }, work));
  };
  const bounded = async (fill: () => Promise<void>) => {
    await using beside = await bystander(server);
    await fill();
    expect(residentMib(server.pid)).toBeLessThan(MOST_MIB);
    await beside.unharmed();
  };

  test("idempotency keys beyond the limit push out the oldest, of whatever size and whoever's they are", () =>
    bounded(async () => {
      const publish = async (sub: string, key: string, data: unknown) => {
        const headers = { "Idempotency-Key": key };
        const answer = await postJson(
          server,
          "/publish",
          { topic: "kept:keys", data },
          { ...(await as(sub)), headers },
        );
        expect(answer.status).toBe(200);
        return (answer.json.published as Message[])[0]?.offset;
      };
      const first = await publish("alex", "first", 1);
      expect(await publish("alex", "first", 1)).toBe(first);
      await each(99, (at) => publish(`user ${at % 7}`, `${at}`.padStart(128, "k"), at));
      expect(await publish("alex", "first", 1)).toBe(first);
      await each(300, (at) => publish("mallory", `${at}`, "x".repeat(at * 10)));
      // Forgotten, and so it is published again: what is remembered is no promise without end.
      expect(await publish("alex", "first", 1)).toBeGreaterThan(first ?? 0);
      const batch = { messages: Array.from({ length: 1000 }, (_, at) => ({ topic: "kept:keys", data: at })) };
      await each(20, async (at) => {
        const headers = { "Idempotency-Key": `batch ${at}` };
        expect(
          (await postJson(server, "/publish", batch, { ...(await as("mallory")), headers })).status,
        ).toBe(200);
      });
      const last = await publish("alex", "last", 1);
      expect(await publish("alex", "last", 1)).toBe(last);
    }));

  test("topics beyond what is kept push out the oldest", () =>
    bounded(async () => {
      const admin = await as("admin");
      await each(20, async (round) => {
        const messages = Array.from({ length: 1000 }, (_, at) => ({
          topic: `kept:many ${round} ${at}`.replaceAll(" ", ":"),
          data: at,
        }));
        expect((await postJson(server, "/publish", { messages }, admin)).status).toBe(200);
      });
      await using client = await connect(server, { token: await token({ sub: "reader" }) });
      const { offsets = {} } = await client.request({ action: "subscribe", topic: "kept:many*" });
      expect(Object.keys(offsets).length).toBeLessThanOrEqual(limits.kept_topics);
      expect(Object.keys(offsets).length).toBeGreaterThan(limits.kept_topics / 2);
      const data = "x".repeat(60_000);
      await each(60, async (round) => {
        const messages = Array.from({ length: 16 }, (_, at) => ({
          topic: `kept:large:${round}:${at}`,
          data,
        }));
        expect((await postJson(server, "/publish", { messages }, admin)).status).toBe(200);
      });
      const { offsets: large = {} } = await client.request({ action: "subscribe", topic: "kept:large:*" });
      expect(Object.keys(large).length).toBeLessThanOrEqual(limits.kept_bytes / data.length);
      expect(Object.keys(large).length).toBeGreaterThan(0);
    }));

  test("twenty thousand topics that were subscribed to and left are nowhere any more", () =>
    bounded(async () => {
      await using client = await connect(server, { token: await token({ sub: "reader" }) });
      for (let round = 0; round < 20; round++) {
        const topics = Array.from({ length: 1000 }, (_, at) => `kept:left:${round}:${at}`);
        const { message } = await client.request({ action: "subscribe", topics }, 5000);
        expect(message).toBe("Subscribed to 1000 of 1000 topics");
        await client.request({ action: "unsubscribe", topics }, 5000);
      }
      const { json } = await getJson(server, "/topics?limit=1000", await as("admin"));
      expect((json.topics as Message[]).map(({ topic }) => topic)).toEqual(["bystander"]);
      // To subscribe makes no topic be kept.
      const { offsets } = await client.request({ action: "subscribe", topic: "kept:left:*" });
      expect(offsets).toEqual({});
    }));

  test("hundreds of keys that no provider has are asked for a few times", () =>
    bounded(async () => {
      const { requests } = provider;
      await each(300, async (at) => {
        const given = rawToken(
          { alg: "ES256", kid: `${at}`.padStart(1000, "k") },
          { sub: "x", exp: 9_999_999_999 },
          "AAAA",
        );
        expect((await postJson(server, "/publish", "{", { token: given })).status).toBe(401);
      });
      expect(provider.requests - requests).toBeLessThan(8);
    }));

  test("users who come once each are held up by none of the others", () =>
    bounded(() =>
      each(500, async (at) => {
        const given = await token({ sub: `${at} `.padEnd(255, "u") });
        expect((await postJson(server, "/publish", "{", { token: given })).status).toBe(400);
      }),
    ));
}

/** What a process has in memory. */
function residentMib(pid: number): number {
  const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return (Number(pages) * 4096) / 2 ** 20;
}
