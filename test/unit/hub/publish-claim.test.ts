import { describe, expect, test } from "bun:test";
import { IdempotencyKeys } from "../../../src/hub/idempotency.ts";
import type { Published } from "../../../src/hub/options.ts";
import { claimPublishing, type PublishClaim } from "../../../src/hub/publish-claim.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

const MESSAGES = ["a", "b", "c"].map((topic, at) => ({ topic, data: { at } }));

function open() {
  const keys = new IdempotencyKeys(10, new ManualClock());
  const claim = (messages = MESSAGES) => claimPublishing(keys, "alex", "k", messages);
  const take = async (): Promise<PublishClaim> => {
    const claimed = await claim();
    if (typeof claimed === "string") throw new Error(claimed);
    return claimed;
  };
  /** Publishes up to so many of the messages; gives what was published before. */
  const publish = async (upTo: number, told: (at: number) => Partial<Published> = () => ({})) =>
    (await take()).run(async (published) => {
      const before = [...published];
      for (let at = published.length; at < upTo; at++)
        published.push({ topic: MESSAGES[at]?.topic ?? "", ...told(at) });
      return before;
    });
  return { keys, claim, take, publish };
}

describe("messages under a key", () => {
  test("are known to a retry with the positions that they have", async () => {
    const { publish } = open();
    const told = (at: number) => (at === 1 ? {} : { epoch: "k3v9", offset: 40 + at });
    expect(await publish(3, told)).toEqual([]);
    expect(await publish(3)).toEqual([
      { topic: "a", epoch: "k3v9", offset: 40 },
      { topic: "b" },
      { topic: "c", epoch: "k3v9", offset: 42 },
    ]);
  });

  test.each([
    ["with", () => ({ epoch: "k3v9", offset: 41 })],
    ["without", () => ({})],
  ])("that broke off are gone on with, %s positions", async (_, told) => {
    const { claim, publish } = open();
    const each = MESSAGES.map(({ topic }) => ({ topic, ...told() }));
    expect(await publish(1, told)).toEqual([]);
    expect(await claim([...MESSAGES].reverse())).toBe("mismatched");
    expect(await publish(1)).toEqual(each.slice(0, 1));
    expect(await publish(3, told)).toEqual(each.slice(0, 1));
    expect(await publish(3)).toEqual(each);
  });

  test("of which none was published may be any others the next time", async () => {
    const { keys, claim, publish } = open();
    await publish(0);
    expect(keys.size).toEqual({ running: 0, remembered: 0 });
    expect(await claim([{ topic: "z", data: { at: 0 } }])).toHaveProperty("run");
  });

  test("are given back whatever is thrown, and what was published before it stays", async () => {
    const { keys, take, publish } = open();
    const failing = (await take()).run(async (published) => {
      published.push({ topic: "a" });
      throw new Error("cut off");
    });
    await expect(failing).rejects.toThrow("cut off");
    expect(keys.size).toEqual({ running: 0, remembered: 1 });
    expect(await publish(3)).toEqual([{ topic: "a" }]);
  });

  test("are the same by topic, type and data, in this order", async () => {
    const { keys, publish } = open();
    await publish(3);
    const others = [
      MESSAGES.slice(0, 2),
      [...MESSAGES, ...MESSAGES],
      MESSAGES.map((message) => ({ ...message, type: "note" })),
      MESSAGES.map((message) => ({ ...message, topic: "a" })),
      MESSAGES.map(({ topic }) => ({ topic, data: {} })),
    ];
    for (const messages of others)
      expect(await claimPublishing(keys, "alex", "k", messages)).toBe("mismatched");
    const same = MESSAGES.map(({ data, topic }) => ({ type: undefined, data: { ...data }, topic }));
    expect(await claimPublishing(keys, "alex", "k", same)).toHaveProperty("run");
    expect(await claimPublishing(keys, "kim", "k", others[0] ?? [])).toHaveProperty("run");
  });
});

test("messages without a key are nobody's retry", async () => {
  const { keys } = open();
  for (const _ of [1, 2]) {
    const claim = await claimPublishing(keys, "alex", undefined, MESSAGES);
    if (typeof claim === "string") throw new Error(claim);
    await claim.run(async (published) => expect(published).toEqual([]));
  }
  expect(keys.size).toEqual({ running: 0, remembered: 0 });
});
