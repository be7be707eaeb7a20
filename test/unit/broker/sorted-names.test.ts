import { expect, test } from "bun:test";
import { SortedNames } from "../../../src/broker/sorted-names.ts";
import { Random } from "../../support/random.ts";

const seed = Number(process.env.SEED ?? 20_261_125);
const runs = Number(process.env.RUNS ?? 20);

test("names are found by their beginning, in the order of their code units", () => {
  const names = new SortedNames();
  for (const name of ["b", "a:2", "é", "a:10", "a", "😀", "\ufb01", "B"]) names.add(name);
  expect(names.startingWith("", 100)).toEqual(["B", "a", "a:10", "a:2", "b", "é", "😀", "\ufb01"]);
  expect(names.startingWith("a:", 100)).toEqual(["a:10", "a:2"]);
  expect(names.startingWith("", 3)).toEqual(["B", "a", "a:10"]);
  expect(names.startingWith("", 0)).toEqual([]);
  expect(names.startingWith("c", 100)).toEqual([]);
  names.remove("a:10");
  expect(names.startingWith("a", 100)).toEqual(["a", "a:2"]);
});

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => String(from + at).padStart(4, "0"));

test.each([0, 500, 1000, 1500, 2000])(
  "all 500 names from %d on may go, from between blocks that are large",
  (from) => {
    const names = new SortedNames();
    // The first leave blocks of 500; the others, on whose account none is split, keep them from being joined.
    for (const name of numbered(0, 2500)) names.add(name);
    for (const name of numbered(0, 2500)) if (Number(name) % 2 === 0) names.add(`${name}a`);
    for (const name of numbered(from, from + 500)) {
      names.remove(name);
      if (Number(name) % 2 === 0) names.remove(`${name}a`);
    }
    const left = [...numbered(0, from), ...numbered(from + 500, 2500)];
    for (const name of left) {
      const expected = Number(name) % 2 === 0 ? [name, `${name}a`] : [name];
      expect(names.startingWith(name, 1000)).toEqual(expected);
    }
    expect(names.startingWith("", 9999).filter((name) => name.length === 4)).toEqual(left);
  },
);

test(`whatever comes and goes, a sorted list says the same, seed ${seed}`, () => {
  for (let run = 0; run < runs; run++) {
    const random = new Random(seed + run);
    const names = new SortedNames();
    const model = new Set<string>();
    const newName = () => String(random.below(10 ** (1 + random.below(5))));
    const check = (prefix: string) => {
      const expected = [...model].filter((name) => name.startsWith(prefix)).sort();
      const most = random.of([expected.length, 1001, 10]);
      const found = names.startingWith(prefix, most);
      if (found.join() === expected.slice(0, most).join()) return;
      throw new Error(
        `run ${run} of seed ${seed}: '${prefix}' gives ${found.length} of ${expected.length} names`,
      );
    };
    // Grows, then shrinks: blocks are split, joined, and emptied.
    for (const growth of [95, 50, 3, 60, 0])
      for (let step = 0; step < 3000; step++) {
        const [name, known] = [newName(), [...(step % 50 === 0 ? model : [])]];
        if (random.below(100) < growth) {
          if (!model.has(name)) names.add(name);
          model.add(name);
        } else {
          const [first = name] = model;
          const gone = known.length > 0 ? random.of(known) : first;
          if (model.delete(gone)) names.remove(gone);
        }
        if (step % 300 === 0) for (const prefix of ["", "1", "23", "4567", newName()]) check(prefix);
      }
    check("");
  }
});
