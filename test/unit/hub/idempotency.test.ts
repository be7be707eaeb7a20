import { describe, expect, test } from "bun:test";
import {
  type Claim,
  claimKey,
  fingerprintOf,
  IdempotencyKeys,
  OUTCOME_BYTES,
  type Outcome,
  REMEMBERED_MS,
  type Refusal,
} from "../../../src/hub/idempotency.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { Random } from "../../support/random.ts";

const LIMIT = 3;

function open(limit = LIMIT) {
  const clock = new ManualClock();
  const keys = new IdempotencyKeys(limit, clock);
  const claim = (key: string, { user = "alex", fingerprint = "f" } = {}) =>
    keys.claim({ user, key, fingerprint });
  /** Claims what must be free. */
  const take = async (key: string, of: { user?: string; fingerprint?: string } = {}): Promise<Claim> => {
    const claimed = await claim(key, of);
    if (typeof claimed === "string") throw new Error(`${key} is ${claimed}`);
    return claimed;
  };
  const finish = async (key: string, text = "done") => (await take(key)).settle({ text, isDone: true });
  return { clock, keys, claim, take, finish };
}

describe("a key", () => {
  test("is in one request's hands until it is settled, and then known to every retry at once", async () => {
    const { keys, claim, take } = open();
    const first = await take("k");
    expect(first.earlier).toBeUndefined();
    expect(await Promise.all([claim("k"), claim("k")])).toEqual(["running", "running"]);
    await first.settle({ text: "done", isDone: true });
    const retries = await Promise.all([take("k"), take("k")]);
    expect(retries.map(({ earlier }) => earlier)).toEqual(["done", "done"]);
    for (const retry of retries) await retry.settle(undefined);
    expect((await take("k")).earlier).toBe("done");
    expect(keys.size).toEqual({ running: 0, remembered: 1 });
  });

  test("goes to one of many who ask at the same time", async () => {
    const { keys, claim } = open();
    const claims = await Promise.all(Array.from({ length: 50 }, () => claim("k")));
    expect(claims.filter((it) => it === "running")).toHaveLength(49);
    expect(keys.size).toEqual({ running: 1, remembered: 0 });
  });

  test("is not for another request, while the first runs and afterwards", async () => {
    const { claim, take } = open();
    const first = await take("k");
    expect(await claim("k", { fingerprint: "g" })).toBe("mismatched");
    await first.settle({ text: "half", isDone: false });
    expect(await claim("k", { fingerprint: "g" })).toBe("mismatched");
  });

  test("is free for any request where the first came to nothing", async () => {
    const { keys, take } = open();
    await (await take("k")).settle(undefined);
    expect(keys.size).toEqual({ running: 0, remembered: 0 });
    expect((await take("k", { fingerprint: "g" })).earlier).toBeUndefined();
  });

  test("goes on from what was begun, one retry at a time", async () => {
    const { keys, claim, take } = open();
    await (await take("k")).settle({ text: "half", isDone: false });
    const retry = await take("k");
    expect(retry.earlier).toBe("half");
    expect(await claim("k")).toBe("running");
    await retry.settle({ text: "whole", isDone: true });
    expect((await take("k")).earlier).toBe("whole");
    expect(keys.size).toEqual({ running: 0, remembered: 1 });
  });

  test("of another user is another key, wherever names and keys begin and end", async () => {
    const { take } = open();
    for (const [user, key] of [
      ["alex", "k"],
      ["alexk", ""],
      ["kim", "k"],
      ['a","b', "c"],
      ["a", 'b","c'],
    ] as const)
      expect((await take(key, { user })).earlier).toBeUndefined();
  });
});

describe("what a request came to", () => {
  test("is remembered for five minutes from its end", async () => {
    const { clock, keys, take } = open();
    const first = await take("k");
    clock.advance(REMEMBERED_MS * 2);
    await first.settle({ text: "done", isDone: true });
    clock.advance(REMEMBERED_MS - 1);
    expect((await take("k")).earlier).toBe("done");
    clock.advance(1);
    expect((await take("k", { fingerprint: "g" })).earlier).toBeUndefined();
    expect([keys.size, clock.timers]).toEqual([{ running: 1, remembered: 0 }, 0]);
  });

  test.each([-3_600_000, 3_600_000])(
    "is remembered as long although the clock was put %p ms on",
    async (ms) => {
      const { clock, finish, take } = open();
      await finish("a");
      clock.set(clock.now() + ms);
      clock.advance(REMEMBERED_MS - 1);
      expect((await take("a")).earlier).toBe("done");
      clock.advance(1);
      expect((await take("a")).earlier).toBeUndefined();
    },
  );

  test("goes when others come, the oldest first", async () => {
    const { keys, finish, take } = open();
    for (const key of ["a", "b", "c", "d"]) await finish(key);
    expect(keys.size.remembered).toBe(LIMIT);
    expect((await take("b")).earlier).toBe("done");
    expect((await take("a")).earlier).toBeUndefined();
  });

  test("goes as well where others take many bytes, but not for what still runs", async () => {
    const { keys, finish, take } = open(1000);
    await take("runs");
    const third = "x".repeat(Math.floor(OUTCOME_BYTES / 3));
    for (const key of ["a", "b", "c"]) await finish(key, third);
    expect(keys.size).toEqual({ running: 1, remembered: 3 });
    await finish("d", "xx");
    expect(keys.size).toEqual({ running: 1, remembered: 3 });
    expect((await take("a")).earlier).toBeUndefined();
    for (let at = 0; at < 100; at++) await finish(`small ${at}`);
    expect(keys.size).toEqual({ running: 2, remembered: 103 });
    await finish("endless", "x".repeat(OUTCOME_BYTES + 1));
    expect(keys.size).toEqual({ running: 2, remembered: 0 });
  });
});

describe("any sequence of claims", () => {
  interface Settled extends Outcome {
    id: string;
    fingerprint: string;
    at: number;
  }

  /** What the log alone says: the last end of a key counts, unless it is old or enough others ended later. */
  function expected(log: Settled[], running: Map<string, string>, now: number, id: string, wanted: string) {
    const at = log.findLastIndex((it) => it.id === id);
    const others = new Set(log.slice(at + 1).map((it) => it.id));
    const last = log[at];
    const kept = last && now - last.at < REMEMBERED_MS && others.size < LIMIT ? last : undefined;
    const known = running.get(id) ?? kept?.fingerprint ?? wanted;
    if (known !== wanted) return "mismatched";
    return running.has(id) ? "running" : { earlier: kept?.text, isDone: kept?.isDone ?? false };
  }

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    "is answered as its log says (%d)",
    async (seed) => {
      const random = new Random(seed);
      const { clock, keys, claim } = open();
      const log: Settled[] = [];
      const running = new Map<string, string>();
      const held: { id: string; fingerprint: string; claim: Claim }[] = [];
      const seen = new Set<string>();

      const ask = async () => {
        const [user, key, fingerprint] = [
          random.of(["u", "v"]),
          random.of(["a", "b", "c"]),
          random.of(["f", "g"]),
        ];
        const id = `${user} ${key}`;
        const wanted = expected(log, running, clock.now(), id, fingerprint);
        const got: Claim | Refusal = await claim(key, { user, fingerprint });
        seen.add(
          typeof wanted === "string" ? wanted : `${wanted.earlier === undefined ? "new" : wanted.isDone}`,
        );
        if (typeof got === "string" || typeof wanted === "string")
          return expect(got).toEqual(wanted as Refusal);
        expect(got.earlier).toBe(wanted.earlier);
        if (wanted.isDone) return got.settle(undefined);
        running.set(id, fingerprint);
        held.push({ id, fingerprint, claim: got });
      };
      const settle = async () => {
        const [one] = held.splice(random.below(held.length), 1);
        if (!one) return;
        const { id, fingerprint } = one;
        running.delete(id);
        const isDone = random.below(2) === 0;
        const text = `${log.length}`;
        const isNothing = one.claim.earlier === undefined && random.below(3) === 0;
        if (!isNothing) log.push({ id, fingerprint, text, isDone, at: clock.now() });
        await one.claim.settle(isNothing ? undefined : { text, isDone });
      };

      for (let step = 0; step < 400; step++) {
        await random.of([ask, ask, settle, async () => clock.advance(random.below(REMEMBERED_MS / 4))])();
        expect(keys.size.running).toBe(held.length);
        expect(keys.size.remembered).toBeLessThanOrEqual(LIMIT);
      }
      expect([...seen].sort()).toEqual(["false", "mismatched", "new", "running", "true"]);
    },
  );
});

describe("a fingerprint", () => {
  test("is the SHA-256 of the JSON", async () => {
    expect(await fingerprintOf([["a", null, 1]])).toBe(
      new Bun.CryptoHasher("sha256").update('[["a",null,1]]').digest("base64"),
    );
  });

  test("tells surrogates apart, which UTF-8 does not", async () => {
    expect(await fingerprintOf("\ud800")).not.toBe(await fingerprintOf("\ud801"));
  });
});

test("a request without a key claims nothing", async () => {
  const { keys } = open();
  const claim = await claimKey(keys, "alex", undefined, []);
  expect(claim).toMatchObject({ earlier: undefined });
  expect(keys.size).toEqual({ running: 0, remembered: 0 });
});
