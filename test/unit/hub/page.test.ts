import { describe, expect, test } from "bun:test";
import { PAGE_BYTES, PAGE_ENTRIES, type Page, page } from "../../../src/hub/page.ts";
import { Random } from "../../support/random.ts";

const pageOf = (keys: Iterable<string>, after: string | undefined, limit?: number): Page<string> =>
  page(
    [...keys].map((key) => [key, key]),
    { after, limit },
    (key) => key,
  );

/** The same, by putting everything in order. */
function naive(keys: Iterable<string>, after: string | undefined, limit: number): Page<string> {
  const due = [...keys].sort().filter((key) => after === undefined || key > after);
  const entries = due.slice(0, limit);
  return { entries, next: due.length > limit ? entries.at(-1) : undefined };
}

const NAMES = ["a", "A", "é", "e\u0301", "😀", "\uffff", "auth0|1", "a/b", "", "__proto__", "10", "9"];

describe("a page", () => {
  test("is what a sort of everything gives, also where keys come and go between pages", () => {
    const random = new Random(7);
    for (let round = 0; round < 300; round++) {
      const name = () => `${random.of(NAMES)}${random.below(40)}`;
      const keys = new Set(Array.from({ length: random.below(120) }, name));
      const stayed = new Set(keys);
      const limit = 1 + random.below(12);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const { entries, next } = pageOf(keys, after, limit);
        expect({ entries, next }).toEqual(naive(keys, after, limit));
        seen.push(...entries);
        after = next;
        for (let change = random.below(10); change > 0; change--) {
          const key = name();
          if (random.below(2) === 0) keys.add(key);
          else if (keys.delete(key)) stayed.delete(key);
        }
      } while (after !== undefined);
      expect(new Set(seen).size).toBe(seen.length);
      expect([...stayed].filter((key) => !seen.includes(key))).toEqual([]);
    }
  });

  test("goes on after a key that has gone meanwhile", () => {
    expect(pageOf(["a", "c", "d"], "b", 1)).toEqual({ entries: ["c"], next: "c" });
    expect(pageOf([], "b", 1)).toEqual({ entries: [], next: undefined });
  });

  test("has 100 entries unless told, and says where it ends", () => {
    const keys = Array.from({ length: 200 }, (_, at) => String(at + 100));
    const first = pageOf(keys, undefined);
    expect([first.entries.length, first.next]).toEqual([100, "199"]);
    const second = pageOf(keys, first.next);
    expect([second.entries.length, second.next]).toEqual([100, undefined]);
  });

  test("ends where its entries take too many bytes, and never has none for that", () => {
    const keys = Array.from({ length: 500 }, (_, at) => `${at + 100}${"é".repeat(125)}`);
    const { entries, next } = pageOf(keys, undefined, PAGE_ENTRIES);
    const bytes = Buffer.byteLength(JSON.stringify(entries));
    expect(bytes).toBeLessThanOrEqual(PAGE_BYTES + 1);
    expect(bytes).toBeGreaterThan(PAGE_BYTES - 300);
    expect(next).toBe(entries.at(-1) ?? "");
    const long = ["a", "b", "c"].map((key) => key.repeat(PAGE_BYTES));
    expect(pageOf(long, undefined)).toEqual({ entries: long.slice(0, 1), next: long[0] });
    expect(pageOf(long, long[1])).toEqual({ entries: long.slice(2), next: undefined });
  });

  test.each([0, -1, 1.5, 1001, Number.NaN])("of %p entries is a RangeError", (limit) => {
    expect(() => pageOf([], undefined, limit)).toThrow(
      new RangeError(`'limit' takes a whole number from 1 to 1000, got ${limit}`),
    );
  });
});
