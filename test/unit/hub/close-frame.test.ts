import { expect, test } from "bun:test";
import { connect, newHub } from "./setup.ts";

test("a close that no socket can carry is refused before anything ends", () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub);
  for (const [code, reason] of [
    [4000, "é".repeat(62)],
    [999, ""],
    [1005, ""],
    [1006, ""],
    [2999, ""],
    [5000, ""],
    [4000.5, ""],
  ] as const)
    expect(() => hub.disconnect(connection, code, reason)).toThrow(TypeError);
  expect([hub.size.connections, transport.closing]).toEqual([1, undefined]);
  hub.disconnect(connection, 4000, "x".repeat(123));
  expect(transport.closing?.code).toBe(4000);
});
