import { expect, test } from "bun:test";
import { SECTIONS } from "../../../src/config-sections.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { parseConfig } from "../../../src/routes/config.ts";

/** Options as they come from where no compiler looked at them. */
const made = (options: unknown) => () => Reflect.construct(TopicHub, [options]);

test("options that are no object are said to be none", () => {
  for (const [options, got] of [
    [null, "null"],
    ["x", "string"],
    [[], "a list"],
    [() => {}, "function"],
  ])
    expect(made(options)).toThrow(
      new TypeError(`A hub takes an object of options or nothing, got ${String(got)}`),
    );
  expect(made(undefined)).not.toThrow();
});

test("each option that a hub does not take is named, with those that it does", () => {
  const accepted =
    "a hub takes broker, clock, topics, schemas, limits, defaultType, drain, onConnect, onSubscribe, onDisconnect, onError";
  for (const name of ["keptTopics", "onMessage", "toString"])
    expect(made({ [name]: 1 })).toThrow(new TypeError(`Unknown option '${name}': ${accepted}`));
  expect(made(JSON.parse('{"__proto__":{},"b":1}'))).toThrow(
    new TypeError(`Unknown option '__proto__': ${accepted}; Unknown option 'b': ${accepted}`),
  );
});

test("an option of the wrong kind is named, before anything is made with it", () => {
  for (const [options, message] of [
    [{ broker: {} }, "'broker' takes a function, got object"],
    [{ clock: 5 }, "'clock' takes an object, got number"],
    [
      { onError: "log", defaultType: null },
      "'onError' takes a function, got string; 'defaultType' takes a function, got null",
    ],
    [{ limits: null }, "'limits' takes an object, got null"],
    [{ drain: [] }, "'drain' takes an object, got a list"],
    [{ drain: { windowMs: 5 } }, "Unknown field 'drain.windowMs': it takes window_ms and timeout_ms"],
    [{ schemas: { a: {} } }, "'schemas' takes what defineTopics makes, got object"],
    [{ topics: null }, "'topics' takes a list of rules, got null"],
  ] as const)
    expect(made(options)).toThrow(new TypeError(message));
});

test("the whole configuration is taken, with what of it is others'", () => {
  const config = parseConfig({ auth: { mode: "either" }, servers: [], limits: { connections: 5 } });
  expect(made(config)).not.toThrow();
  // Not offered yet, and so left out of what is filled in.
  expect([...SECTIONS].sort()).toEqual([...new Set([...Object.keys(config), "metrics"])].sort());
});
