import { expect, test } from "bun:test";
import { UserTable } from "../../../src/hub/user-table.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

function newTable() {
  const clock = new ManualClock();
  return {
    clock,
    table: new UserTable(
      clock,
      () => ({ isSpent: false }),
      ({ isSpent }) => isSpent,
    ),
  };
}

test("a user has the same one each time, and no other user", () => {
  const { table } = newTable();
  expect(table.of("alex")).toBe(table.of("alex"));
  expect(table.of("kim")).not.toBe(table.of("alex"));
});

test("past ten thousand users those of whom nothing need be known are forgotten, and nobody else", () => {
  const { table, clock } = newTable();
  const first = table.of("first");
  for (let at = 0; at < 50_000; at++) {
    table.of(`user-${at}`).isSpent = true;
    clock.advance(1);
  }
  // At a thousand a second, between two looks.
  expect(table.size).toBeLessThan(11_002);
  expect(table.of("first")).toBe(first);
});
