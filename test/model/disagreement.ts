/** What the model and the hub do not agree on. */
export class Disagreement extends Error {}

export function disagree(what: string): never {
  throw new Disagreement(what);
}
