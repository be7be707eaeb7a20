import { describe, expect, test } from "bun:test";
import { type Client, connect } from "../support/client.ts";
import { getJson } from "../support/http.ts";
import { Random } from "../support/random.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

// `SEED=… INPUTS=… bun test ./test/system/fuzz.ts` goes another way, or further.
const seed = Number(process.env.SEED ?? 20_261_123);
const inputs = Number(process.env.INPUTS ?? 3000);

const ACTIONS: unknown[] = [
  "subscribe",
  "unsubscribe",
  "publish",
  "authenticate",
  "presence",
  "history",
  "ping",
  "fly",
  "",
  5,
  null,
];
const TOPICS: unknown[] = [
  "a",
  "a:b",
  "a:*",
  "*",
  "",
  ".",
  "..",
  "a b",
  "a*b",
  "é".repeat(128),
  "\u202e",
  "\ud800",
  "task:1",
  7,
  null,
  [],
  {},
];
const VALUES: unknown[] = [
  null,
  true,
  -0,
  1e308,
  2 ** 53,
  "",
  "x".repeat(300),
  [],
  {},
  [[[]]],
  { a: { b: {} } },
];
const FIELDS = [
  "action",
  "topic",
  "topics",
  "data",
  "id",
  "type",
  "since",
  "limit",
  "token",
  "idempotency_key",
  "__proto__",
  "constructor",
  "toString",
  "colour",
];

/** One text that a client could send: a message of the grammar with some of it wrong, or broken as text. */
function inputOf(random: Random): string {
  const message: Record<string, unknown> = Object.create(null);
  if (random.below(100) < 95) message.action = random.of(ACTIONS);
  if (random.below(100) < 80) message.topic = random.of(TOPICS);
  if (random.below(100) < 50) message.data = random.of(VALUES);
  while (random.below(100) < 30) message[random.of(FIELDS)] = random.of([...VALUES, ...TOPICS]);
  if (random.below(100) < 10)
    message.topics = Array.from({ length: random.below(5) }, () => random.of(TOPICS));
  const text = JSON.stringify(message);
  if (random.below(100) < 85) return text;
  const at = random.below(text.length);
  return random.of([
    text.slice(0, at),
    text.slice(at),
    `${text}${text}`,
    text.slice(0, at) + String.fromCharCode(random.below(65_536)) + text.slice(at),
    "[".repeat(random.below(200)) + text,
  ]);
}

describe(`messages by grammar, seed ${seed}`, () => {
  for (const target of Object.values(targets))
    test(`${inputs} on ${target.name}: one reply each, and nobody else sees them`, async () => {
      const limits = { messages_per_second: 1_000_000, message_burst: 1_000_000 };
      await using server = await spawnServer(target, { config: { limits } });
      await using canary = await connect(server, { token: await token({ sub: "canary" }) });
      await canary.request({ action: "subscribe", topic: "canary" });
      const random = new Random(seed);
      const open = async () =>
        connect(server, { token: await token({ topics: { subscribe: ["*"], publish: ["a", "a:b"] } }) });
      let client: Client = await open();
      for (let at = 0; at < inputs; at++) {
        const input = inputOf(random);
        client.send(input);
        // The close of the twentieth invalid message may come before this one is looked at.
        const outcome = await Promise.race([client.closed, client.nextReply(5000)]).catch((error: Error) => {
          throw new Error(`input ${at} of seed ${seed}: ${JSON.stringify(input)}`, { cause: error });
        });
        if (!("status" in outcome)) {
          expect([4500, outcome.code]).toContain(4500);
          client = await open();
        }
        if (at % 500 === 0) {
          await canary.request({ action: "publish", topic: "canary", data: at });
          expect(await canary.next()).toMatchObject({ topic: "canary", data: at });
        }
      }
      await client.close();
      expect((await getJson(server, "/healthz")).status).toBe(200);
      expect(server.stderr()).not.toContain("failed");
    }, 120_000);
});
