import { readFileSync } from "node:fs";
import { ROOT } from "../support/targets.ts";

const readme = readFileSync(`${ROOT}examples/bedrock-manager/README.md`, "utf8");
const EVENT = /`((?:before|after)_\w+)`/g;

/** The events that the example's README claims, by what it says causes them. */
export const claims: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  readme
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, , events = ""]) => new RegExp(EVENT).test(events))
    .map(([, cause = "", events = ""]) => [
      /^`(\w+ [^`]+)`/.exec(cause)?.[1] ?? cause,
      new Set([...events.matchAll(EVENT)].map(([, name = ""]) => name)),
    ]),
);
