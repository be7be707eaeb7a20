import { expect, test } from "bun:test";
import { readSelection, withoutCovered } from "../../../src/dashboard/selection.ts";

test("topics are typed with spaces or commas between", () => {
  expect(readSelection("  event:*,  app_log\n b ")).toEqual(["event:*", "app_log", "b"]);
  expect(readSelection(" ")).toEqual([]);
});

test("what another one selects anyway is left out, and so is what stands twice", () => {
  expect(withoutCovered(["event:*", "event:a", "event:a*", "order:1", "order:1"])).toEqual([
    ...["event:*", "order:1"],
  ]);
  expect(withoutCovered(["a", "*", "b*"])).toEqual(["*"]);
  expect(withoutCovered(["a", "a*", "b"])).toEqual(["a*", "b"]);
});
