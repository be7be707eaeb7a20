import { expect, test } from "bun:test";
import { Cursors } from "../../../src/routes/cursor.ts";

const POSITIONS = ["a", "", "auth0|1", "é😀", "\ufefftopic", "a.b", '["topics","a"]', "x".repeat(255)];

test("a cursor is read as it was written, and needs no escaping in a query", async () => {
  const cursors = new Cursors();
  for (const position of POSITIONS) {
    const cursor = await cursors.write("topics", position);
    expect(cursor).toMatch(/^[\w.-]+$/);
    expect(await cursors.read("topics", cursor)).toBe(position);
  }
});

test("one of another list, of another process or of before a change is none", async () => {
  const cursors = new Cursors();
  const cursor = await cursors.write("topics", "abc");
  expect(await cursors.read("connections", cursor)).toBeUndefined();
  expect(await new Cursors().read("topics", cursor)).toBeUndefined();
  for (let at = 0; at < cursor.length; at++)
    for (const other of ["A", "b", "0", ".", "=", ""]) {
      const forged = cursor.slice(0, at) + other + cursor.slice(at + 1);
      if (forged !== cursor)
        expect([forged, await cursors.read("topics", forged)]).toEqual([forged, undefined]);
    }
});

test.each(["", ".", "a", "YQ", "YQ.", ".YQ", "é.é", "____.", "null", "gA.x"])(
  "%j is none",
  async (cursor) => {
    expect(await new Cursors().read("topics", cursor)).toBeUndefined();
  },
);
