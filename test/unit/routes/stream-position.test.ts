import { expect, test } from "bun:test";
import { StreamPosition } from "../../../src/routes/stream-position.ts";

test("a topic's is its offset, and the newest one", () => {
  const position = new StreamPosition('a"é', { epoch: "e", offset: 4 });
  expect([position.text, position.bytes]).toEqual(['"a\\"é":4', 9]);
  position.advance('a"é', { offset: 5 });
  expect(position.text).toBe('"a\\"é":5');
});

test("a pattern's is its floor and the offsets of its topics, in the order in which they came", () => {
  const position = new StreamPosition("p:*", { epoch: "e", floor: 7, offsets: { "p:b": 8, "p:": 9 } });
  expect(position.text).toBe('"p:*":[7,{"b":8,"":9}]');
  position.advance("p:a", { offset: 8 });
  position.advance("p:b", { offset: 10 });
  position.advance("p:__proto__", { offset: 11 });
  expect(position.text).toBe('"p:*":[7,{"b":10,"":9,"a":8,"__proto__":11}]');
  expect(position.bytes).toBe(position.text.length);
});
