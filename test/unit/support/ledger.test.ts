import { expect, test } from "bun:test";
import { Ledger } from "../../support/ledger.ts";

const nothing = { accepted: 0, received: 0, duplicates: 0, outOfOrder: 0, foreign: 0, told: 0, lost: 0 };

/** Three publications to each of two topics, accepted as 1 to 3. */
function filled(): Ledger {
  const ledger = new Ledger();
  for (const topic of ["a1", "a2"]) for (const offset of [1, 2, 3]) ledger.accepted(topic, offset, offset);
  return ledger;
}

test("what came is settled, whichever side tells of it first", () => {
  const ledger = new Ledger();
  expect(ledger.balance()).toEqual(nothing);
  expect(ledger.received("a", 1, "x")).toBe(true);
  ledger.accepted("a", 1, "x");
  ledger.accepted("a", 2, "y");
  ledger.received("a", 2, "y");
  expect(ledger.balance()).toEqual({ ...nothing, accepted: 2, received: 2 });
});

test("what never came is lost, unless it was told", () => {
  const ledger = filled();
  ledger.received("a1", 1, 1);
  expect(ledger.balance()).toMatchObject({ accepted: 6, received: 1, told: 0, lost: 5 });
  ledger.toldLost("a1", { a1: 2 });
  expect(ledger.balance()).toMatchObject({ told: 1, lost: 4 });
  ledger.toldLost("a*", { a1: 3 });
  expect(ledger.balance()).toMatchObject({ told: 5, lost: 0 });
  ledger.accepted("a2", 4, 4);
  expect(ledger.balance()).toMatchObject({ told: 5, lost: 1 });
});

test("what was told stays told, where it is known only later that it was accepted", () => {
  const ledger = new Ledger();
  ledger.toldLost("a*", { a1: 2 });
  for (const offset of [1, 2, 3]) ledger.accepted("a1", offset, offset);
  expect(ledger.balance()).toMatchObject({ told: 2, lost: 1 });
});

test("what was left out before a publication is told, and no more than that", () => {
  const ledger = filled();
  ledger.accepted("a1", 4, 4);
  ledger.toldSkipped("a1", 4, 2);
  ledger.received("a1", 4, 4);
  expect(ledger.balance()).toMatchObject({ received: 1, told: 2, lost: 4 });
});

test("what comes twice, late, or from nowhere", () => {
  const ledger = filled();
  for (const offset of [1, 3, 2, 3]) ledger.received("a1", offset, offset);
  expect(ledger.received("a1", 1, 1)).toBe(false);
  expect(ledger.balance()).toMatchObject({ received: 3, duplicates: 2, outOfOrder: 1, foreign: 0, lost: 3 });
  ledger.received("a2", 1, "another");
  ledger.received("a3", 1, 1);
  expect(ledger.balance()).toMatchObject({ foreign: 2, lost: 2 });
});
