import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { z } from "zod";
import { topicFault } from "../../../src/protocol/topic.ts";
import { defineTopics } from "../../../src/protocol/topic-catalogue.ts";
import { Random } from "../../support/random.ts";

const schema = v.string();
/** A catalogue in which the data of each topic tells by which key it was accepted. */
const catalogue = (...keys: string[]) =>
  defineTopics(
    Object.fromEntries(
      keys.map((key) => [
        key,
        v.pipe(
          v.unknown(),
          v.transform(() => key),
        ),
      ]),
    ),
  );
const defined = (schemas: unknown, options?: object) => () =>
  Reflect.apply(defineTopics, undefined, [schemas, options]);

describe("a topic has the key", () => {
  const keys = ["app_log", "chat:{room}", "chat:{room}:{user}", "chat:lobby", "x{any}.end", "a{b}c{d}e"];
  const topics = catalogue(...keys);

  for (const [topic, key] of [
    ["app_log", "app_log"],
    ["chat:lobby", "chat:lobby"],
    ["chat:lobbies", "chat:{room}"],
    ["chat:lob", "chat:{room}"],
    ["chat:a:b", "chat:{room}:{user}"],
    ["chat:a:b:c", "chat:{room}:{user}"],
    ["chat:a:", "chat:{room}"],
    ["chat::", "chat:{room}"],
    ["chat:::", "chat:{room}"],
    ["chat::::", "chat:{room}:{user}"],
    ["chat:lobby:x", "chat:{room}:{user}"],
    ["xx.end", "x{any}.end"],
    ["x.end.end", "x{any}.end"],
    ["aXcYe", "a{b}c{d}e"],
    ["accce", "a{b}c{d}e"],
    // A key is no topic of its own, but may be one of its topics.
    ["chat:{room}", "chat:{room}"],
  ] as const)
    test(`'${topic}': ${key}`, () => {
      expect(topics.accept(topic, null)).toBe(key);
    });

  test.each(["chat:", "chat", "chats:a", "x.end", "app_logs", "ace", "acce", "aXce", "{any}", "__proto__"])(
    "'%s': none, and so passes as it is",
    (topic) => {
      expect(topics.accept(topic, "as it is")).toBe("as it is");
    },
  );

  test("whatever the order in which they are defined", () => {
    for (const defined of [keys.toReversed(), [...keys.slice(3), ...keys.slice(0, 3)]])
      for (const topic of ["chat:a:b", "chat:lobby", "chat:x"])
        expect(catalogue(...defined).accept(topic, null)).toBe(topics.accept(topic, null));
  });
});

test("a topic is one of a key where an expression with one '.+' a parameter matches it", () => {
  const random = new Random(20_261_130);
  const text = (least: number, most: number) =>
    Array.from({ length: least + random.below(most - least + 1) }, () => random.of(["a", "b", ":"])).join("");
  let matched = 0;
  for (let round = 0; round < 5000; round++) {
    const texts = [text(0, 2), ...Array.from({ length: random.below(3) }, () => text(1, 2)), text(0, 2)];
    const key = texts.reduce((before, after, at) => `${before}{p${at}}${after}`);
    const topics = catalogue(key);
    const topic = text(1, 10);
    const isMatched = new RegExp(`^${texts.join(".+")}$`).test(topic);
    if (isMatched) matched++;
    expect([key, topic, topics.params(key, topic) !== undefined]).toEqual([key, topic, isMatched]);
  }
  expect(matched).toBeGreaterThan(500);
});

/** All texts of five of these characters. */
const SHORT = Array.from({ length: 3 ** 5 }, (_, at) =>
  at
    .toString(3)
    .padStart(5, "0")
    .replaceAll(/./g, (digit) => "ab:"[Number(digit)] ?? ""),
);

test("of any keys that can be told apart, the one whose topics are all those of the others counts", () => {
  const random = new Random(17);
  const part = () => random.of(["a", "b", "{p}", "{q}", ":"]);
  let compared = 0;
  for (let round = 0; round < 20_000; round++) {
    const keys = [0, 1].map(() => Array.from({ length: 1 + random.below(5) }, part).join(""));
    let topics: ReturnType<typeof catalogue>;
    try {
      topics = catalogue(...keys);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      continue;
    }
    const expressionOf = (key: string) => new RegExp(`^${key.replaceAll(/\{.\}/g, ".+")}$`);
    const topic = Array.from({ length: 1 + random.below(6) }, () => random.of(["a", "b", ":"])).join("");
    const matching = new Set(keys.filter((key) => expressionOf(key).test(topic)));
    if (matching.size < 2) continue;
    compared++;
    const chosen = String(topics.accept(topic, null));
    matching.delete(chosen);
    const [narrower, wider] = [chosen, ...matching].map(expressionOf);
    // Everything short that the one takes, the other takes too.
    expect([keys, chosen, SHORT.filter((short) => narrower?.test(short) && !wider?.test(short))]).toEqual([
      keys,
      chosen,
      [],
    ]);
  }
  expect(compared).toBeGreaterThan(100);
});

describe("topics are built and read back", () => {
  const topics = defineTopics({
    "chat:{room}:{user}": schema,
    "usage:{server}": schema,
    "usage:all": schema,
    log: schema,
  });

  test("with the values of their parameters", () => {
    expect(topics.topic("chat:{room}:{user}", { room: "a", user: "b:c" })).toBe("chat:a:b:c");
    expect(topics.params("chat:{room}:{user}", "chat:a:b:c")).toEqual({ room: "a", user: "b:c" });
    expect(topics.topic("log")).toBe("log");
    expect(topics.params("log", "log")).toEqual({});
  });

  test("which are undefined in another key's topic", () => {
    expect(topics.params("chat:{room}:{user}", "usage:a")).toBeUndefined();
    expect(topics.params("usage:{server}", "usage:all")).toBeUndefined();
    expect(topics.params("log", "logs")).toBeUndefined();
  });

  test("or not at all, where something is wrong with a value", () => {
    const make = (key: string, values?: unknown) => () => Reflect.apply(topics.topic, topics, [key, values]);
    for (const [room, message] of [
      [undefined, "'room' is missing"],
      ["", `'room' takes a text of at least one character, got ""`],
      [5, "'room' takes a text of at least one character, got 5"],
      ["a:b", `The topic of 'chat:{room}:{user}' would be read otherwise: got "chat:a:b:c"`],
      ["a b", `A topic has no white space, control, format or surrogate characters: got "chat:a b:c"`],
      ["*", `'*' may only stand at the end, where it makes a pattern: got "chat:*:c"`],
      ["x".repeat(255), expect.stringContaining("A topic has at most 255 bytes of UTF-8")],
    ])
      expect(make("chat:{room}:{user}", { room, user: "c" })).toThrow(
        expect.objectContaining({ name: "TypeError", message }),
      );
    expect(make("usage:{server}")).toThrow(new TypeError("'server' is missing"));
    expect(make("usage:{server}", { server: "all" })).toThrow(
      new TypeError(`The topic of 'usage:{server}' would be read otherwise: got "usage:all"`),
    );
    for (const key of ["usage", "toString", "usage:{name}"])
      expect(make(key, { name: "a" })).toThrow(new TypeError(`There is no key "${key}" in these topics`));
  });
});

describe("topics are not defined", () => {
  for (const [key, fault] of [
    ["", "A topic has at least one character"],
    ["a b", "A topic has no white space, control, format or surrogate characters"],
    ["a:*", "'*' may only stand at the end, where it makes a pattern"],
    [".", "A topic is not '.' or '..'"],
    [`{a}${"x".repeat(255)}`, "A topic has at most 255 bytes of UTF-8"],
    ...["a{", "a}", "a{}", "{a{b}}", "{a}}", "{a b}", "{1}", "{a", "a}b{"].map(
      (key) => [key, "A parameter is written {name}, with letters, digits, '_' and '-'"] as const,
    ),
    ["a:{b}:{b}", "A parameter stands once in a key"],
    ["a:{b}{c}", "Something has to stand between two parameters"],
  ] as const)
    test(`with the key '${key.slice(0, 20)}'`, () => {
      expect(defined({ [key]: schema })).toThrow(
        new TypeError(`${fault}: got the key ${JSON.stringify(key)}`),
      );
    });

  test.each([
    ["a:{b}", "a:{c}"],
    ["a:{b}:c", "a:d:{e}"],
    ["{a}:b", "a:{b}"],
  ])("with both '%s' and '%s', of which neither is within the other", (one, other) => {
    const message = expect.stringMatching(/ have topics in common, and neither is within the other$/);
    for (const keys of [
      [one, other],
      [other, one],
    ]) {
      const make = defined(Object.fromEntries(keys.map((key) => [key, schema])));
      expect(make).toThrow(expect.objectContaining({ name: "TypeError", message }));
      expect(make).toThrow(JSON.stringify(one));
      expect(make).toThrow(JSON.stringify(other));
    }
  });

  test("with what is no schema", () => {
    for (const [value, got] of [
      [undefined, "undefined"],
      [null, "object"],
      ["string", "string"],
      [{ type: "object" }, "object"],
      [{ "~standard": null }, "object"],
      [{ "~standard": { version: 2, validate() {} } }, "object"],
      [{ "~standard": { version: 1 } }, "object"],
    ] as const)
      expect(defined({ "a:{b}": value })).toThrow(
        new TypeError(`"a:{b}" takes a schema (Standard Schema, version 1), got ${got}`),
      );
    for (const value of [schema, z.string(), Object.assign(() => {}, { "~standard": schema["~standard"] })])
      expect(defined({ "a:{b}": value })).not.toThrow();
  });

  test("by anything but an object, or with an option that is not there", () => {
    for (const value of [null, undefined, "a", [schema]])
      expect(defined(value)).toThrow(new TypeError("Topics are defined by an object: { topic: schema }"));
    expect(defined({}, { other: "refuse" })).toThrow(
      new TypeError("Unknown option 'other': defineTopics takes others"),
    );
    expect(defined({}, { others: true })).toThrow(new TypeError("'others' takes pass, refuse, got true"));
  });
});

test("others are refused where that is said", () => {
  const topics = defineTopics({ "a:{b}": schema }, { others: "refuse" });
  expect(topics.accept("a:1", "x")).toBe("x");
  expect(() => topics.accept("b", "x")).toThrow(
    expect.objectContaining({ code: "invalid_topic", message: "There is no topic 'b' here" }),
  );
  const fault = topicFault("a b") ?? "";
  expect(() => topics.accept("b c", "x")).toThrow(
    expect.objectContaining({ code: "invalid_topic", message: fault }),
  );
});

test("a definition that is changed later stays what it was", () => {
  const schemas: Record<string, typeof schema> = { a: schema };
  const topics = defineTopics(schemas);
  schemas.b = schema;
  expect(topics.accept("b", 1)).toBe(1);
  expect(Object.keys(topics.schemas)).toEqual(["a"]);
});
