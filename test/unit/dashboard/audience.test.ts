import { expect, test } from "bun:test";
import { countSubscribers, readPeople } from "../../../src/dashboard/audience.ts";

const person = (connection: string, topics: string[]) => ({
  ...{ connection, user: "alex", topics, connected_at: 5, unsent_bytes: 7 },
});

test("connections are read as they are listed; anything else is left out", () => {
  expect(readPeople([person("c1", ["a"]), null, { user: "x" }, 5])).toEqual([
    { connection: "c1", user: "alex", topics: ["a"], connectedAt: 5, unsentBytes: 7 },
  ]);
});

test("a topic's subscribers are those by its name and by patterns, each once", () => {
  const people = readPeople([
    person("c1", ["event:a", "event:*"]),
    person("c2", ["event:a"]),
    person("c3", ["*"]),
  ]);
  const counts = countSubscribers(people, ["event:b", "order:1"]);
  expect(Object.fromEntries(counts)).toEqual({
    ...{ "event:a": 3, "event:*": 1, "*": 1, "event:b": 2, "order:1": 1 },
  });
});

test("nobody is nobody", () => {
  expect(Object.fromEntries(countSubscribers([], ["a"]))).toEqual({ a: 0 });
});
