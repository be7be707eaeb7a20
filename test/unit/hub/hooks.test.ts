import { expect, spyOn, test } from "bun:test";
import { Hooks } from "../../../src/hub/hooks.ts";

function consoleDuring(work: () => void): unknown[][] {
  const error = spyOn(console, "error").mockImplementation(() => {});
  try {
    work();
    return [...error.mock.calls];
  } finally {
    error.mockRestore();
  }
}

test("failures go to the console where nobody follows them", () => {
  const failure = new Error("lost");
  const lines = consoleDuring(() => new Hooks({}).fail(failure, "broker"));
  expect(lines).toEqual([["topichub: broker failed:", failure]]);
});

test("an onError that throws is told of on the console, and stops nothing", () => {
  const failure = new Error("of onError");
  const hooks = new Hooks({
    onError() {
      throw failure;
    },
  });
  const lines = consoleDuring(() => hooks.fail(new Error("lost"), "publish"));
  expect(lines).toEqual([["topichub: hook failed:", failure]]);
});

test("a hook gets what happened, and a failing one is told of with its stage", () => {
  const told: unknown[] = [];
  const failure = new Error("thrown");
  const hooks = new Hooks({ onError: (error, context) => void told.push([error, context]) });
  hooks.run(() => {
    throw failure;
  });
  expect(told).toEqual([[failure, { stage: "hook" }]]);
});
