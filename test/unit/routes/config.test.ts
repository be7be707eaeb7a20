import { describe, expect, test } from "bun:test";
import { ConfigError, parseConfig } from "../../../src/routes/config.ts";

/** The faults of a configuration, each once, in no order. */
function faults(value: unknown): string[] {
  try {
    parseConfig(value);
  } catch (error) {
    if (error instanceof ConfigError) return [...new Set(error.faults)].sort();
    throw error;
  }
  return [];
}

test("the defaults are those of the contract", () => {
  expect(parseConfig({})).toEqual({
    servers: [],
    app_log: null,
    monitor: { interval_ms: 2000 },
    auth: {
      mode: "upgrade",
      first_message_timeout_ms: 5000,
      cookie: "access_token_cookie",
      query: true,
      claim: "topics",
      require_exp: true,
    },
    limits: {
      message_bytes: 65536,
      body_bytes: 1048576,
      json_depth: 32,
      subscriptions: 200,
      connections: 10000,
      connections_per_user: 20,
      unauthenticated: 200,
      messages_per_second: 50,
      message_burst: 100,
      publish_batch: 1000,
      idempotency_keys: 10000,
      unsent_bytes: 1048576,
      kept_topics: 100000,
      kept_bytes: 268435456,
    },
    topics: [
      { match: "event:*", history: { size: 256, ttl_s: 300 }, slow: "disconnect" },
      { match: "resource-monitor:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
      { match: "server_log:*", history: { size: 500, ttl_s: 300 }, slow: "disconnect" },
      { match: "app_log", history: { size: 500, ttl_s: 300 }, slow: "disconnect" },
    ],
    heartbeat: { interval_ms: 25_000, timeout_ms: 10_000 },
    drain: { window_ms: 5000, timeout_ms: 10_000 },
  });
});

test("what is given is taken, and the rest filled in", () => {
  const default_grants = { subscribe: ["event:*"], publish: ["a"] };
  const config = parseConfig({
    servers: [{ name: "survival", pid: 1, log_file: "server.log" }],
    app_log: "app.log",
    monitor: { interval_ms: 100 },
    auth: {
      mode: "either",
      first_message_timeout_ms: 100,
      cookie: "session",
      query: false,
      claim: "https://x.example/t",
      require_exp: false,
      default_grants,
    },
    limits: { subscriptions: 1, unsent_bytes: 2048 },
    heartbeat: { timeout_ms: 500 },
    drain: { window_ms: 10_000 },
  });
  expect(config.servers).toEqual([{ name: "survival", pid: 1, log_file: "server.log" }]);
  expect(config.app_log).toBe("app.log");
  expect(config.monitor).toEqual({ interval_ms: 100 });
  expect(config.auth).toEqual({
    mode: "either",
    first_message_timeout_ms: 100,
    cookie: "session",
    query: false,
    claim: "https://x.example/t",
    require_exp: false,
    default_grants,
  });
  expect(config.limits).toMatchObject({ subscriptions: 1, unsent_bytes: 2048, json_depth: 32 });
  expect(config.heartbeat).toEqual({ interval_ms: 25_000, timeout_ms: 500 });
  expect(config.drain).toEqual({ window_ms: 10_000, timeout_ms: 10_000 });
});

describe("a limit", () => {
  const bounds: [name: string, least: number, most: number][] = [
    ["message_bytes", 256, 2 ** 30],
    ["body_bytes", 256, 2 ** 30],
    ["json_depth", 2, 1000],
    ["subscriptions", 1, 1_000_000],
    ["connections", 1, 10_000_000],
    ["connections_per_user", 1, 10_000_000],
    ["messages_per_second", 1, 1_000_000],
    ["message_burst", 1, 1_000_000],
    ["publish_batch", 1, 1_000_000],
    ["idempotency_keys", 1, 10_000_000],
    ["unsent_bytes", 1024, 2 ** 30],
    ["kept_topics", 1, 10_000_000],
    ["kept_bytes", 1024, 2 ** 36],
  ];
  test.each(bounds)("%s is a whole number from %p to %p", (name, least, most) => {
    const takes = `'limits.${name}' takes a whole number from ${least} to ${most}, got `;
    for (const value of [least, most]) expect(faults({ limits: { [name]: value } })).toEqual([]);
    for (const value of [least - 1, most + 1, least + 0.5, null])
      expect(faults({ limits: { [name]: value } })).toEqual([`${takes}${value}`]);
    expect(faults({ limits: { [name]: "100" } })).toEqual([`${takes}"100"`]);
    expect(faults({ limits: { [name]: Number.POSITIVE_INFINITY } })).toEqual([`${takes}Infinity`]);
    expect(faults({ limits: { [name]: Number.NaN } })).toEqual([`${takes}NaN`]);
  });
});

describe("a wrong value", () => {
  const wrong: [config: object, fault: string][] = [
    [{ auth: { mode: "later" } }, `'auth.mode' takes upgrade, first-message, either, got "later"`],
    [{ auth: { cookie: "a b" } }, `'auth.cookie' takes a cookie's name, got "a b"`],
    [{ auth: { cookie: "" } }, `'auth.cookie' takes a cookie's name, got ""`],
    [{ auth: { cookie: null } }, "'auth.cookie' takes a cookie's name, got null"],
    [{ auth: { query: "yes" } }, `'auth.query' takes true or false, got "yes"`],
    [{ auth: { require_exp: 0 } }, "'auth.require_exp' takes true or false, got 0"],
    [{ auth: { claim: 5 } }, "'auth.claim' takes a claim's name, got 5"],
    [{ auth: { default_grants: {} } }, "'auth.default_grants.publish' is missing"],
    [
      { auth: { default_grants: { subscribe: ["a b"], publish: [] } } },
      `'auth.default_grants.subscribe.0' takes a topic or a pattern, got "a b"`,
    ],
    [
      { monitor: { interval_ms: 1 } },
      "'monitor.interval_ms' takes a whole number of milliseconds from 100 to 3600000, got 1",
    ],
    [{ servers: {} }, "'servers' takes a list of servers, got Object"],
    [{ limits: 5 }, "'limits' takes an object, got 5"],
    [{ limits: [] }, "'limits' takes an object, got Array"],
    [{ auth: null }, "'auth' takes an object, got null"],
    [{ app_log: "" }, `'app_log' takes the path of a file, or null, got ""`],
    [
      { drain: { timeout_ms: 1999 } },
      "'drain.timeout_ms' takes a whole number from 2000 to 3600000, got 1999",
    ],
    [
      { drain: { window_ms: 6000, timeout_ms: 5000 } },
      "'drain.window_ms' takes at most 'drain.timeout_ms', which is 5000, got 6000",
    ],
    [
      { drain: { timeout_ms: 4000 } },
      "'drain.window_ms' takes at most 'drain.timeout_ms', which is 4000, got 5000",
    ],
    [{ app_log: 5 }, "'app_log' takes the path of a file, or null, got 5"],
  ];
  test.each(wrong)("%j is named with what it takes and what it got", (config, fault) => {
    expect(faults(config)).toContain(fault);
  });

  test("is a fault also where the whole is no object", () => {
    for (const [value, got] of [
      [null, "null"],
      [[], "Array"],
      ["{}", '"{}"'],
      [5, "5"],
    ])
      expect(faults(value)).toEqual([`The value takes an object, got ${got}`]);
  });
});

test.each([[{ metrics: { public: true } }, "metrics"]])(
  "%j is known, and not offered yet",
  (config, field) => {
    expect(faults(config)).toEqual([`'${field}' is not offered yet`]);
  },
);

describe("unknown fields", () => {
  test("are all named, wherever they stand", () => {
    expect(
      faults({
        a: 1,
        b: 2,
        limits: { c: 1, d: 2, e: 3 },
        auth: { default_grants: { subscribe: [], publish: [], admin: [] } },
        servers: [
          { name: "one", pid: 1 },
          { name: "two", pid: 2, x: 1, y: 2 },
        ],
      }),
    ).toEqual([
      "Unknown field 'a'",
      "Unknown field 'auth.default_grants.admin'",
      "Unknown field 'b'",
      "Unknown field 'limits.c'",
      "Unknown field 'limits.d'",
      "Unknown field 'limits.e'",
      "Unknown field 'servers.1.x'",
      "Unknown field 'servers.1.y'",
    ]);
  });

  test("are named together with what else is wrong", () => {
    expect(
      faults({
        limits: { subscriptions: 0, nope: 1, json_depth: "x" },
        metrics: {},
        auth: { query: 1 },
        z: 0,
      }),
    ).toEqual([
      "'auth.query' takes true or false, got 1",
      "'limits.json_depth' takes a whole number from 2 to 1000, got \"x\"",
      "'limits.subscriptions' takes a whole number from 1 to 1000000, got 0",
      "'metrics' is not offered yet",
      "Unknown field 'limits.nope'",
      "Unknown field 'z'",
    ]);
  });

  test("may have dots in them, be empty, or have a name that objects have", () => {
    const config = JSON.parse(
      '{"limits.a":1,"":1,"__proto__":{"a":1},"limits":{"x.y":1,"":1,"constructor":1,"__proto__":{}},"toString":1}',
    );
    expect(faults(config)).toEqual([
      "Unknown field ''",
      "Unknown field '__proto__'",
      "Unknown field 'limits.'",
      "Unknown field 'limits.__proto__'",
      "Unknown field 'limits.a'",
      "Unknown field 'limits.constructor'",
      "Unknown field 'limits.x.y'",
      "Unknown field 'toString'",
    ]);
  });

  test("do not change what was given", () => {
    const config = { limits: { nope: 1 }, other: [1] };
    faults(config);
    expect(config).toEqual({ limits: { nope: 1 }, other: [1] });
  });
});

test("the error says all of it in its message", () => {
  expect(() => parseConfig({ limits: { subscriptions: 0 } })).toThrow(
    "Wrong configuration:\n'limits.subscriptions' takes a whole number from 1 to 1000000, got 0",
  );
});
