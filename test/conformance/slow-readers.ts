import { expect, test } from "bun:test";
import { connect, type Message } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

// More than a kernel holds for a socket that is not read, several times over.
const [BATCHES, BATCH, MESSAGE] = [20, 16, 60_000];
const TOTAL = BATCHES * BATCH;

export function slowReaders(target: Target): void {
  const server = sharedServer(target, { config: { topics: [{ match: "level:*", slow: "latest" }] } });
  const grants = { topics: { subscribe: ["*"], publish: ["*"] } };
  const open = async (topic: string) => {
    const client = await connect(server(), { token: await token(grants) });
    await client.request({ action: "subscribe", topic });
    return client;
  };
  const numberOf = ({ data }: Message) => Number(String(data).split(":")[0]);
  const storm = async (topic: string) => {
    const bearer = { token: await token(grants) };
    for (let batch = 0; batch < BATCHES; batch++) {
      const messages = Array.from({ length: BATCH }, (_, at) => ({
        topic,
        data: `${batch * BATCH + at}:${"x".repeat(MESSAGE)}`,
      }));
      expect((await postJson(server(), "/publish", { messages }, bearer)).status).toBe(200);
    }
  };

  test("by the rule latest one that stopped gets the newest, and is told how many it did not get", async () => {
    await using stopped = await open("level:a");
    await using canary = await open("level:*");
    await using other = await open("other");
    stopped.socket.pause();
    await storm("level:a");
    for (let at = 0; at < TOTAL; at++) expect(numberOf(await canary.next(5000))).toBe(at);
    expect(await other.request({ action: "ping" })).toMatchObject({ status: "success" });
    stopped.socket.resume();
    let [got, skipped, newest] = [0, 0, -1];
    while (newest < TOTAL - 1) {
      const message = await stopped.next(5000);
      if (message.type === "gap") {
        expect(message).toEqual({ type: "gap", topic: "level:a", skipped: expect.any(Number) });
        skipped += Number(message.skipped);
      } else {
        got++;
        // What is left out between two is what was told of.
        expect(numberOf(message)).toBe(got + skipped - 1);
        newest = numberOf(message);
      }
    }
    expect(skipped).toBeGreaterThan(0);
    expect(got + skipped).toBe(TOTAL);
    await stopped.expectSilence();
  });

  test("by the rule disconnect it is closed, and delays nobody", async () => {
    await using stopped = await open("other:a");
    await using canary = await open("other:*");
    stopped.socket.pause();
    await storm("other:a");
    for (let at = 0; at < TOTAL; at++) expect(numberOf(await canary.next(5000))).toBe(at);
    stopped.socket.resume();
    // A full socket may carry no close frame.
    expect([1006, 4001]).toContain((await stopped.closed).code);
  });
}
