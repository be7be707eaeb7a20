import { describe, expect, test } from "bun:test";
import type { Result } from "../../../src/client/link.ts";
import { createPlace } from "../../../src/client/place.ts";

const success = (fields: Partial<Result>): Result => ({ status: "success", message: "", ...fields });
const publication = (topic: string, offset?: number) => ({
  ...{ type: "message", topic, data: null, time: 0 },
  ...(offset !== undefined && { offset }),
});

describe("a topic's place", () => {
  test("goes on behind what it got, and takes nothing twice", () => {
    const place = createPlace("a", undefined);
    expect(place.position()).toBeUndefined();
    expect(place.confirmed(success({ epoch: "e", offset: 4 }), undefined)).toBe(false);
    expect(place.position()).toEqual({ epoch: "e", offset: 4 });
    expect([5, 5, 4, 7, 6].map((offset) => place.advance(publication("a", offset)))).toEqual([
      ...[true, false, false, true, false],
    ]);
    expect(place.position()).toEqual({ epoch: "e", offset: 7 });
    expect(place.confirmed(success({ epoch: "e", offset: 9, recovered: true }), place.position())).toBe(true);
    expect([8, 9].map((offset) => place.advance(publication("a", offset)))).toEqual([true, true]);
  });

  test("takes the current value once, where the server told its offset alone", () => {
    const place = createPlace("a", undefined);
    place.confirmed(success({ epoch: "e", offset: 4 }), undefined);
    expect([4, 4].map((offset) => place.advance(publication("a", offset)))).toEqual([true, false]);
    // Something was missed, but not this one.
    expect(place.confirmed(success({ epoch: "e", offset: 4, recovered: false }), place.position())).toBe(
      false,
    );
    expect(place.advance(publication("a", 4))).toBe(false);
    expect(place.confirmed(success({ epoch: "e", offset: 6, recovered: false }), place.position())).toBe(
      false,
    );
    expect([6, 6].map((offset) => place.advance(publication("a", offset)))).toEqual([true, false]);
  });

  test("begins anew with another epoch", () => {
    const place = createPlace("a", { epoch: "e", offset: 40 });
    expect(place.confirmed(success({ epoch: "f", offset: 1, recovered: false }), place.position())).toBe(
      false,
    );
    expect([1, 2].map((offset) => place.advance(publication("a", offset)))).toEqual([true, true]);
    expect(place.position()).toEqual({ epoch: "f", offset: 2 });
  });

  test("does not go on where the server went on behind it", () => {
    const place = createPlace("a", { epoch: "e", offset: 3 });
    expect(
      place.confirmed(success({ epoch: "e", offset: 9, recovered: true }), { epoch: "e", offset: 5 }),
    ).toBe(false);
    const other = createPlace("a", { epoch: "e", offset: 6 });
    expect(
      other.confirmed(success({ epoch: "e", offset: 9, recovered: true }), { epoch: "e", offset: 5 }),
    ).toBe(true);
  });

  test("has none where the topic has no history, and takes everything there", () => {
    const place = createPlace("a", undefined);
    place.confirmed(success({}), undefined);
    expect(place.position()).toBeUndefined();
    expect([place.advance(publication("a")), place.advance(publication("a"))]).toEqual([true, true]);
  });
});

describe("a pattern's place", () => {
  test("knows where each topic stands", () => {
    const place = createPlace("a:*", undefined);
    place.confirmed(success({ epoch: "e", floor: 2, offsets: { "a:1": 4 } }), undefined);
    expect(
      [["a:2", 3] as const, ["a:1", 5] as const].map(([topic, at]) => place.advance(publication(topic, at))),
    ).toEqual([...[true, true]]);
    expect(place.position()).toEqual({ epoch: "e", floor: 2, offsets: { "a:2": 3, "a:1": 5 } });
    const since = place.position();
    expect(place.confirmed(success({ epoch: "e", floor: 2, offsets: {}, recovered: true }), since)).toBe(
      true,
    );
    expect(place.advance(publication("a:1", 5))).toBe(false);
  });

  test("has no position once it got more topics than it can tell apart, until it begins anew", () => {
    const place = createPlace("*", undefined);
    place.confirmed(success({ epoch: "e", floor: 0, offsets: {} }), undefined);
    for (let at = 0; at < 1000; at++) place.advance(publication(`a:${at}`, 1));
    expect(place.position()).toBeDefined();
    place.advance(publication("one more", 1));
    expect(place.position()).toBeUndefined();
    expect([place.advance(publication("a:999", 1)), place.advance(publication("one more", 1))]).toEqual([
      false,
      false,
    ]);
    const anew = success({ epoch: "e", floor: 0, offsets: { "a:5": 1, "one more": 2 }, recovered: false });
    expect(place.confirmed(anew, undefined)).toBe(false);
    expect(place.position()).toEqual({ epoch: "e", floor: 0, offsets: { "a:5": 1, "one more": 2 } });
  });
});
