import { token } from "../support/token.ts";

export interface Grants {
  subscribe: readonly string[];
  publish: readonly string[];
}

/** Somebody who plays: a user, and what the tokens of this user allow, the one to connect with first. */
export interface Person {
  user: string;
  token: string;
  /** What each of this user's good tokens grants. */
  grants: ReadonlyMap<string, Grants>;
}

const PUBLISH = ["a", "a:*", "b", "event:*", "now:*", "日本:*"];
const USERS: Record<string, Grants[]> = {
  wide: [
    { subscribe: ["*"], publish: PUBLISH },
    { subscribe: ["a:*", "now:*"], publish: PUBLISH },
  ],
  narrow: [
    { subscribe: ["a:*", "b", "now:1", "event:1*"], publish: ["a:*", "event:1"] },
    { subscribe: ["b"], publish: [] },
  ],
  reader: [{ subscribe: ["event:*", "日本:*"], publish: ["event:*"] }],
  nobody: [{ subscribe: [], publish: [] }],
};
/** Of whom one has few connections at once, so that many inputs may each have one. */
const CROWD = 32;

// 2100. An end that moved with the clock would make another input of the same seed.
const exp = 4_102_444_800;

async function person(user: string, all: Grants[], rest: object = {}): Promise<Person> {
  const tokens = await Promise.all(all.map((topics) => token({ sub: user, exp, topics, ...rest })));
  const grants = new Map(tokens.map((text, at) => [text, all[at] ?? { subscribe: [], publish: [] }]));
  return { user, token: tokens[0] ?? "", grants };
}

/** Those who send messages. */
export const people: readonly Person[] = await Promise.all(
  Object.entries(USERS).map(([user, grants]) => person(user, grants)),
);

export const operator: Person = await person("operator", [{ subscribe: ["*"], publish: PUBLISH }], {
  admin: true,
});

/** Those of whom each has one connection for one input. */
export const crowd: readonly Person[] = await Promise.all(
  Array.from({ length: CROWD }, (_, at) => person(`crowd-${at}`, [{ subscribe: ["*"], publish: PUBLISH }])),
);

export const goodTokens: readonly string[] = [...people, operator, ...crowd].flatMap(({ grants }) => [
  ...grants.keys(),
]);

export const expiredToken = await token({ sub: "wide", exp: 1_000_000_000 });
export const foreignToken = await token(
  { sub: "wide", exp },
  { secret: "another secret, of no server at all" },
);
