import { describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT, type Target, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

const HEAP_MIB = 96;
const [BATCHES, BATCH, MESSAGE] = [120, 16, 60_000];

/** Its program, with a heap that all that is published does not fit in. Bun has no such bound. */
const programs: [Target, string[]][] = [
  [targets.node, ["node", `--max-old-space-size=${HEAP_MIB}`, ...targets.node.command.slice(1)]],
  [
    targets.deno,
    [
      `${ROOT}node_modules/deno/deno`,
      "run",
      `--v8-flags=--max-old-space-size=${HEAP_MIB}`,
      ...targets.deno.command.slice(2),
    ],
  ],
];

describe("a flood of more than the heap, with readers who stopped", () => {
  for (const [{ name }, command] of programs)
    test(`${name} is held by its limits`, () => isHeld(command), 60_000);
});

describe("histories that may outgrow the heap", () => {
  for (const [{ name }, command] of programs)
    test(`${name} warns of`, async () => {
      await using server = await spawnServer({ command });
      const [line = ""] = server.stderr().split("\n");
      expect(JSON.parse(line)).toMatchObject({
        level: "warn",
        message: expect.stringContaining("limits.kept_bytes"),
      });
    });
});

async function isHeld(command: string[]): Promise<void> {
  const limits = { messages_per_second: 1_000_000, message_burst: 1_000_000, kept_bytes: 2 ** 24 };
  const topics = [{ match: "kept:*", history: { size: 100_000, ttl_s: 3000 } }];
  await using server = await spawnServer({ command }, { config: { limits, topics } });
  const bearer = await token();
  await using canary = await connect(server, { token: bearer });
  await canary.request({ action: "subscribe", topic: "kept:15" });
  for (let at = 0; at < 10; at++) {
    const stopped = await connect(server, { token: bearer });
    await stopped.request({ action: "subscribe", topic: "kept:*" });
    stopped.socket.pause();
  }
  for (let batch = 0; batch < BATCHES; batch++) {
    const messages = Array.from({ length: BATCH }, (_, at) => ({
      topic: `kept:${at}`,
      data: `${batch}:${"x".repeat(MESSAGE)}`,
    }));
    const answer = await postJson(server, "/publish", { messages }, { token: bearer, ms: 20_000 });
    expect(answer.status).toBe(200);
    expect(String((await canary.next(10_000)).data)).toStartWith(`${batch}:`);
  }
  expect(server.stderr()).toBe("");
  expect(await server.stop()).toMatchObject({ code: 0 });
}
