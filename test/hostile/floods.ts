import { describe, expect, test } from "bun:test";
import { type Client, connect, type Refusal } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { postJson } from "../support/http.ts";
import { connectRaw, requestBytes } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { encodeFrame } from "../support/ws-frames.ts";

/** Patterns that each select all that is kept: to be told where a thousand topics stand takes milliseconds. */
const DEAR = ["k*", "kept:*", "*"];
const BURST = 40;

/** Who asks for much, or all at once, waits for it, and nobody else does. How long is told by scripts/faults/fairness.ts. */
export function floods(target: Target): void {
  describe("of requests", () => {
    const topics = [{ match: "kept:*", history: { size: 2, ttl_s: 600 } }];
    const server = sharedServer(target, { config: { topics } });

    const keep = async () => {
      const messages = Array.from({ length: 1000 }, (_, at) => ({ topic: `kept:${at}`, data: at }));
      const { status } = await postJson(server(), "/publish", { messages }, { token: await token() });
      expect(status).toBe(200);
    };

    /** Sends the dearest requests that are allowed at once, in one write; the last one is a ping. */
    const burst = (client: Client) => {
      const messages = Array.from({ length: BURST }, (_, id) =>
        id === BURST - 1
          ? { action: "ping", id }
          : { action: id % 2 === 0 ? "subscribe" : "unsubscribe", topics: DEAR, id },
      );
      client.socket.sendBytes(Buffer.concat(messages.map((message) => encodeFrame(JSON.stringify(message)))));
    };

    test("that are dear: each is answered in its turn, and what others publish comes before the last", async () => {
      await keep();
      await using dear = await connect(server(), { token: await token({ sub: "dear" }) });
      await using other = await connect(server(), { token: await token({ sub: "other" }) });
      await other.request({ action: "subscribe", topic: "canary" });
      burst(dear);
      const seen: unknown[] = [];
      const answered = (async () => {
        for (let id = 0; id < BURST; id++) seen.push((await dear.nextReply(20_000)).id);
      })();
      other.send({ action: "publish", topic: "canary", data: 1 });
      await other.next(5000);
      expect(seen).not.toContain(BURST - 1);
      await answered;
      expect(seen).toEqual(Array.from({ length: BURST }, (_, id) => id));
    });

    test("of one user on many connections: all share what is one user's", async () => {
      await keep();
      const all = await Promise.all(
        [1, 2, 3].map(async () => connect(server(), { token: await token({ sub: "many" }) })),
      );
      await using other = await connect(server(), { token: await token({ sub: "other" }) });
      for (const client of all) burst(client);
      let isOver = false;
      const answered = Promise.all(
        all.map(async (client) => {
          for (let id = 0; id < BURST; id++) expect((await client.nextReply(30_000)).id).toBe(id);
          isOver = true;
        }),
      );
      expect(await other.request({ action: "ping" }, 5000)).toMatchObject({ message: "pong" });
      expect(isOver).toBe(false);
      await answered;
      for (const client of all) await client.close();
    });
  });

  describe("over HTTP", () => {
    const limits = { message_burst: 4, messages_per_second: 1000 };
    const server = sharedServer(target, { config: { limits } });

    test("no more than a burst is under way, however slowly bodies come, and only that user waits", async () => {
      const bearer = await token({ sub: "slow" });
      const headers = [
        ["Authorization", `Bearer ${bearer}`],
        ["Content-Type", "application/json"],
        ["Content-Length", "100"],
      ] as const;
      const request = { method: "POST", target: "/publish", headers };
      const slow = await Promise.all([1, 2, 3, 4].map(() => connectRaw(server())));
      for (const connection of slow) connection.write(requestBytes(server(), { ...request, body: '{"top' }));
      const probe = async (sub: string) =>
        postJson(server(), "/publish", { topic: "a", data: 1 }, { token: await token({ sub }) });
      const isFull = async () => (await probe("slow")).status === 429;
      await eventually(isFull, 5000, "the fifth to be told to wait");
      const { json, headers: told } = await probe("slow");
      expect([json.code, json.retry_after_ms, told.get("retry-after")]).toEqual(["rate_limited", 1000, "1"]);
      expect((await probe("other")).status).toBe(200);
      for (const connection of slow) connection.reset();
      await eventually(async () => (await probe("slow")).status === 200, 5000, "room again");
    });
  });

  describe("of strangers", () => {
    const server = sharedServer(target, {
      config: {
        auth: { mode: "either", first_message_timeout_ms: 500 },
        limits: { unauthenticated: 5 },
      },
    });
    const stranger = () => connect(server(), { awaitsWelcome: false });

    test("who are slow to sign in take no place of those who show a token, and give theirs back", async () => {
      const waiting = await Promise.all([1, 2, 3, 4, 5].map(stranger));
      const refused = await stranger().catch((error: Refusal) => error);
      expect(refused).toMatchObject({ status: 503, json: { code: "limit_reached" } });
      await using known = await connect(server(), { token: await token({ sub: "known" }) });
      expect(await known.request({ action: "ping" })).toMatchObject({ message: "pong" });
      // One that sends half of its first message has not sent it.
      waiting[0]?.socket.sendBytes(encodeFrame('{"action":"authenticate"}').subarray(0, 9));
      for (const { closed } of waiting) expect((await closed).code).toBeOneOf([1008, 1006]);
      const back = await eventually(() => stranger().catch(() => undefined), 5000, "the places to come back");
      await back?.close();
    });
  });
}
