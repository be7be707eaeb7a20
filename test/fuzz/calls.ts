import type { Random } from "../support/random.ts";
import { dataOf, EPOCH, messageOf, textOf, tokenOf, topicOf, wellFormed } from "./grammar.ts";
import { isOneOf100 } from "./mutate.ts";
import { operator, people } from "./people.ts";

/** A request over HTTP that is well-formed as such. */
export interface Call {
  method: string;
  target: string;
  token: string | undefined;
  key: string | undefined;
  body: string;
}

const KEYS = ["k1", "k2", "k3", "", "x".repeat(128), "x".repeat(129), "é"];

/** A request to one of the routes, with a body or a query by grammar. */
export function callOf(random: Random): Call {
  const { method, target, body } = random.of(ROUTES)(random);
  const tokens = [...people, operator, operator].map(({ token }) => token);
  const token = isOneOf100(random, 90)
    ? random.of(tokens)
    : isOneOf100(random, 50)
      ? tokenOf(random)
      : undefined;
  const key = isOneOf100(random, 20) ? random.of(KEYS) : undefined;
  return { method, target, token, key, body };
}

type Route = (random: Random) => Pick<Call, "method" | "target" | "body">;

const post = (target: string, body: string) => ({ method: "POST", target, body });
const plain = (method: string, target: string) => ({ method, target, body: "" });
const userOf = (random: Random) =>
  encodeURIComponent(random.of(["wide", "narrow", "no one", "auth0|1", "é"]));

const ROUTES: readonly Route[] = [
  (random) => post("/publish", publicationText(random)),
  (random) => post("/publish", publicationText(random)),
  (random) => post(`/users/${userOf(random)}/messages`, directText(random)),
  (random) => post(`/connections/${topicInPath(random)}/messages`, directText(random)),
  (random) => plain("GET", `/topics/${topicInPath(random)}/history${queryOf(random, ["limit", "since"])}`),
  (random) => plain("GET", `/topics/${topicInPath(random)}/presence${queryOf(random, ["limit", "cursor"])}`),
  (random) => plain("GET", `/topics${queryOf(random, ["limit", "cursor"])}`),
  (random) => plain("GET", `/connections${queryOf(random, ["limit", "cursor"])}`),
  (random) => plain("DELETE", `/users/${userOf(random)}/connections`),
  (random) => plain("DELETE", `/connections/${topicInPath(random)}`),
  (random) => plain("DELETE", `/users/${userOf(random)}/subscriptions/${topicInPath(random)}`),
  () => plain("GET", "/healthz"),
];

/** A path cannot have lone surrogates, and parsers take dots away. */
function topicInPath(random: Random): string {
  return encodeURIComponent(wellFormed(topicOf(random)));
}

function publicationText(random: Random): string {
  const roll = random.below(100);
  if (roll < 20) return textOf(random);
  if (roll < 50) return JSON.stringify(publicationOf(random));
  const messages = Array.from({ length: random.below(6) }, () =>
    isOneOf100(random, 95) ? publicationOf(random) : messageOf(random),
  );
  return JSON.stringify(isOneOf100(random, 90) ? { messages } : { messages, topic: "a" });
}

function publicationOf(random: Random): object {
  const type = isOneOf100(random, 80)
    ? undefined
    : random.of<unknown>(["note", "", "gap", 5, "x".repeat(65)]);
  return { topic: isOneOf100(random, 60) ? "a:1" : topicOf(random), data: dataOf(random), type };
}

function directText(random: Random): string {
  if (isOneOf100(random, 20)) return textOf(random);
  const topic = isOneOf100(random, 50) ? undefined : topicOf(random);
  return JSON.stringify({ data: dataOf(random), topic });
}

function queryOf(random: Random, names: readonly string[]): string {
  const values = [
    "0",
    "1",
    "100",
    "1000",
    "1001",
    "-1",
    "1e3",
    "",
    "x",
    "%00",
    "%ff",
    `${EPOCH}:0`,
    `${EPOCH}:5`,
    ":",
  ];
  const fields = Array.from(
    { length: random.below(3) },
    () => `${isOneOf100(random, 90) ? random.of(names) : "colour"}=${random.of(values)}`,
  );
  return fields.length > 0 ? `?${fields.join("&")}` : "";
}
