// Longer input is no misspelled name, and the comparison costs length times length.
const LONGEST = 64;
const MOST_EDITS = 3;

/** Those of `names` that `got` may have been meant for, the likeliest first; at most three. */
export function nearest(got: string, names: readonly string[]): string[] {
  if (got === "" || got.length > LONGEST) return [];
  const wanted = got.toLowerCase().replaceAll(/[\s-]/g, "_");
  return names
    .map((name) => ({ name, edits: name.includes(wanted) ? 1 : editsBetween(wanted, name) }))
    .filter(({ edits }) => edits <= MOST_EDITS)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Characters to insert, delete or replace until `a` is `b` (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, char] of [...a].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (char === b[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
