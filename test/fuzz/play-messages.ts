import { EPOCH, OWN_TOKENS, wellFormed } from "./grammar.ts";
import { type Entry, Line } from "./line.ts";
import { type Person, people } from "./people.ts";
import { openFor, type Stage } from "./stage.ts";

/** Two of each person, with the subprotocol and without. */
const LINES = people.length * 2;

/**
 * Sends messages over several connections at once.
 * @param first The number of the first of them in its batch, which says who sends it.
 */
export async function playMessages(stage: Stage, inputs: readonly string[], first: number): Promise<void> {
  const places = Array.from({ length: LINES }, async (_, place) => {
    const person = people[place % people.length];
    if (!person) throw new RangeError("There are no people");
    const entries = inputs.flatMap((text, at): Entry[] =>
      (first + at) % LINES === place ? [{ text: sent(stage, person, text), at }] : [],
    );
    await playPlace(stage, person, place >= people.length, entries);
  });
  await Promise.all(places);
}

/** One connection after the other, until all has been answered. */
async function playPlace(
  stage: Stage,
  person: Person,
  hasSubprotocol: boolean,
  waiting: Entry[],
): Promise<void> {
  while (waiting.length > 0) {
    const line = new Line(stage, person, await openFor(stage, person, hasSubprotocol), waiting);
    if (await line.play()) await line.leave(hasSubprotocol);
  }
}

/** The text with what its placeholders stand for, as it arrives. */
function sent({ epoch }: Stage, { grants }: Person, text: string): string {
  const [first = "", second = first] = grants.keys();
  const [own, other] = OWN_TOKENS;
  return wellFormed(text.replaceAll(EPOCH, epoch).replaceAll(`${own}`, first).replaceAll(`${other}`, second));
}
