import { describe, expect, test } from "bun:test";
import type { Since } from "../../../src/protocol/client-message.ts";
import { ID_BYTES, readId, STOP_ID, writeId } from "../../../src/routes/stream-id.ts";
import { StreamPosition } from "../../../src/routes/stream-position.ts";

const write = (epoch: string, positions: Iterable<[selector: string, since: Since]>) =>
  writeId(
    epoch,
    [...positions].map(([selector, since]) => new StreamPosition(selector, since)),
  );
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("an id", () => {
  test("is read as it was written", () => {
    const positions = new Map<string, Since>([
      ["a", { epoch: "k3v9", offset: 0 }],
      ["__proto__", { epoch: "k3v9", offset: 3 }],
      ["é:*", { epoch: "k3v9", floor: 7, offsets: { "é:": 8, "é:😀": 9, "é:__proto__": 10 } }],
      ["__*", { epoch: "k3v9", floor: 7, offsets: Object.fromEntries([["__proto__", 9]]) }],
      ["*", { epoch: "k3v9", floor: 0, offsets: {} }],
    ]);
    const { id, leftOut } = write("k3v9", positions);
    expect(id).toMatch(/^[\w-]+$/);
    expect(leftOut).toEqual([]);
    expect(readId(id)).toEqual(positions);
  });

  test("names a pattern's topics by what follows its beginning", () => {
    const since = { epoch: "e", floor: 1, offsets: { "event:a": 2 } };
    const { id } = write("e", [["event:*", since]]);
    expect(Buffer.from(id, "base64url").toString()).toBe('["e",{"event:*":[1,{"a":2}]}]');
  });

  test("has at most 4 KiB: what has no room is left out, and what comes after it may have some", () => {
    const offsets = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`p:topic-${at}`, at]));
    const positions = new Map<string, Since>([
      ["first", { epoch: "e", offset: 1 }],
      ["p:*", { epoch: "e", floor: 0, offsets }],
      ["last", { epoch: "e", offset: 2 }],
    ]);
    const { id, leftOut } = write("e", positions);
    expect(leftOut).toEqual(["p:*"]);
    expect([...readId(id).keys()]).toEqual(["first", "last"]);
    const many = Array.from({ length: 1000 }, (_, at): [string, Since] => [
      `é${at}`,
      { epoch: "e", offset: at },
    ]);
    const full = write("e", many);
    expect(full.id.length).toBeLessThanOrEqual(ID_BYTES);
    expect(full.id.length).toBeGreaterThan(ID_BYTES - 32);
    expect(readId(full.id).size + full.leftOut.length).toBe(1000);
    const unnamed = write("e".repeat(ID_BYTES), positions);
    expect([unnamed.leftOut, [...readId(unnamed.id)]]).toEqual([["first", "p:*", "last"], []]);
    expect(unnamed.id).not.toBe("");
  });

  test("that was not made here says nothing", () => {
    const texts = [
      "",
      "7",
      STOP_ID,
      "*",
      "é",
      "W10",
      `${encoded(["e", { a: 1 }])}A`,
      "x".repeat(ID_BYTES + 1),
    ];
    const values = [{}, [], [1, {}], ["e"], ["e", []], ["e", null], ["e", { a: -1 }], ["e", { a: 1.5 }]];
    const others = [
      ["e", { a: "1" }],
      ["e", { a: [1, {}] }],
      ["e", { "a*": 1 }],
      ["e", { "a*": [1] }],
    ];
    const last = [
      ["e", { "a*": [1, []] }],
      ["e", { "a*": [1, { b: "2" }] }],
      ["e", { "a*": [-1, {}] }],
    ];
    for (const id of [...texts, ...[...values, ...others, ...last].map(encoded)])
      expect([id, [...readId(id)]]).toEqual([id, []]);
  });

  test("of which a part is wrong says the rest", () => {
    expect([...readId(encoded(["e", { a: 1, b: -1, "c*": 3 }]))]).toEqual([["a", { epoch: "e", offset: 1 }]]);
  });
});
