import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { runInNewContext } from "node:vm";
import { type EventName, eventsOf, type PublishingHub } from "../../../src/bedrock/index.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { eventually } from "../../support/deadline.ts";
import { ROOT } from "../../support/targets.ts";

const NAMES = { before: "before_backup", after: "after_backup" } as const;

/** A hub whose events are noted, beside what else the test notes in `seen`. */
function telling(hub: PublishingHub & Partial<Pick<TopicHub, "listen">> = new TopicHub()) {
  const seen: unknown[] = [];
  const errors: string[] = [];
  hub.listen?.(
    "event:*",
    ({ topic, type, data }) => void seen.push([topic.slice("event:".length), type, data]),
  );
  const withEvents = eventsOf(hub, { onError: (error, { stage }) => void errors.push(`${stage}: ${error}`) });
  return { hub, seen, errors, withEvents };
}

test("one event comes before the call and one after it, and nothing of the arguments unless asked for", () => {
  const { seen, withEvents } = telling();
  const makeBackup = withEvents(NAMES, (server: { name: string; password: string }) => {
    seen.push("called");
    return `${server.name}.zip`;
  });
  expect(makeBackup({ name: "survival", password: "hush" })).toBe("survival.zip");
  expect(seen).toEqual([
    ["before_backup", "event", {}],
    "called",
    ["after_backup", "event", { result: "survival.zip" }],
  ]);
});

test("fields are named properties of the first argument, or what a function makes of all of them", () => {
  const { seen, withEvents } = telling();
  const start = (server: { name: string; size?: number; password: string }, _port: number) => server.name;
  withEvents({ before: "before_server_start" }, start, { fields: ["name", "size"] })(
    { name: "a", password: "x" },
    1,
  );
  withEvents({ before: "before_server_start" }, start, {
    fields: ({ name }, port) => ({ server_name: name, port }),
  })({ name: "b", password: "x" }, 2);
  expect(seen).toEqual([
    ["before_server_start", "event", { name: "a" }],
    ["before_server_start", "event", { server_name: "b", port: 2 }],
  ]);
});

test("a first argument that is no object has no fields", () => {
  const { seen, errors, withEvents } = telling();
  const of = (argument: { name: string } | null | string | undefined) => argument;
  const told = withEvents({ before: "before_backup" }, of, { fields: ["name"] });
  for (const argument of [null, undefined, "text"]) expect(told(argument)).toBe(argument);
  expect(seen).toEqual(Array(3).fill(["before_backup", "event", {}]));
  expect(errors).toEqual([]);
});

test("both events tell the fields as they were before the call", () => {
  const { seen, withEvents } = telling();
  const rename = (server: { name: string }) => {
    server.name = "changed";
  };
  withEvents(NAMES, rename, { fields: ["name"] })({ name: "survival" });
  expect(seen).toEqual([
    ["before_backup", "event", { name: "survival" }],
    ["after_backup", "event", { name: "survival" }],
  ]);
});

test("of an async function the event tells what it resolved to, before its caller goes on", async () => {
  const { seen, withEvents } = telling();
  const result = { file: "a.zip" };
  const makeBackup = withEvents({ after: "after_backup" }, async () => {
    await undefined;
    return result;
  });
  const promise = makeBackup();
  expect(promise).toBeInstanceOf(Promise);
  expect(seen).toEqual([]);
  expect(await promise).toBe(result);
  expect(seen).toEqual([["after_backup", "event", { result }]]);
});

test("a promise of a function that is not async is given back itself", async () => {
  const { seen, withEvents } = telling();
  const promise = Object.assign(Promise.resolve(1), { cancel() {} });
  expect(withEvents(NAMES, () => promise)()).toBe(promise);
  await eventually(() => seen.length === 2, 1000, "both events");
});

test("an error passes through as it is; the event tells its message and no more", async () => {
  const { seen, withEvents } = telling();
  const error = Object.assign(new Error("no space left"), { path: "/secret" });
  const sync = withEvents({ after: "after_backup" }, () => {
    throw error;
  });
  expect(() => sync()).toThrow(error);
  await expect(withEvents({ after: "after_backup" }, async () => sync())()).rejects.toBe(error);
  await expect(withEvents({ after: "after_backup" }, () => Promise.reject(error))()).rejects.toBe(error);
  const thrown = withEvents({ after: "after_backup" }, async () => {
    throw "text";
  });
  await expect(thrown()).rejects.toBe("text");
  expect(seen.map((event) => (event as unknown[])[2])).toEqual([
    ...Array(4).fill({ error: "no space left" }),
    { error: "text" },
  ]);
});

test("what is thrown and says nothing of itself is an unknown error", () => {
  const { seen, withEvents } = telling();
  const bare = Object.create(null);
  const fails = withEvents({ after: "after_backup" }, () => {
    throw bare;
  });
  expect(fails).toThrow();
  expect(seen).toEqual([["after_backup", "event", { error: "Unknown error" }]]);
});

test("`this`, the arguments, the name and the length are passed on", () => {
  const { withEvents } = telling();
  const server = {
    name: "survival",
    rename: withEvents(NAMES, function rename(this: { name: string }, to: string, ...more: string[]) {
      return [this.name, to, ...more];
    }),
  };
  expect(server.rename("a", "b", "c")).toEqual(["survival", "a", "b", "c"]);
  expect([server.rename.name, server.rename.length]).toEqual(["rename", 1]);
});

test("what of the result is told may be chosen, also nothing", () => {
  const { seen, errors, withEvents } = telling();
  const login = () => ({ user: "alex", token: "hush" });
  withEvents({ after: "after_backup" }, login, { result: ({ user }) => user })();
  withEvents({ after: "after_backup" }, login, { result: () => undefined })();
  withEvents({ after: "after_backup" }, () => {})();
  expect(seen).toEqual([
    ["after_backup", "event", { result: "alex" }],
    ["after_backup", "event", {}],
    ["after_backup", "event", {}],
  ]);
  expect(errors).toEqual([]);
});

test("a result that JSON cannot hold is left out, and reported", async () => {
  const { seen, errors, withEvents } = telling();
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  for (const value of [cyclic, 1n, () => {}, Symbol("s")]) {
    expect(withEvents({ after: "after_backup" }, () => value, { fields: () => ({ a: 1 }) })()).toBe(value);
    expect(await withEvents({ after: "after_backup" }, async () => value)()).toBe(value);
  }
  expect(seen).toEqual(
    Array(4)
      .fill([
        ["after_backup", "event", { a: 1 }],
        ["after_backup", "event", {}],
      ])
      .flat(),
  );
  expect(errors).toHaveLength(8);
  expect(errors[4]).toBe("event: TypeError: JSON cannot hold a value of type function");
});

test("fields and result that fail change nothing for the caller, and the events still come", () => {
  const { seen, errors, withEvents } = telling();
  const fails = () => {
    throw new Error("oops");
  };
  expect(withEvents(NAMES, () => 1, { fields: fails, result: fails })()).toBe(1);
  expect(withEvents(NAMES, () => 2, { fields: () => ({ big: 1n }) })()).toBe(2);
  expect(withEvents(NAMES, () => 3, { fields: () => "text" as never })()).toBe(3);
  expect(seen.filter((event) => (event as unknown[])[0] === "before_backup")).toHaveLength(3);
  expect(errors.slice(0, 2)).toEqual(["event: Error: oops", "event: Error: oops"]);
  expect(errors.at(-1)).toBe("event: TypeError: 'fields' gives an object, got string");
  expect(errors).toHaveLength(4);
});

const refusals: [string, PublishingHub["publish"]][] = [
  ["rejects", () => Promise.reject(new Error("cut off"))],
  [
    "throws",
    () => {
      throw new Error("cut off");
    },
  ],
];
test.each(refusals)("a publish that %s goes to onError", async (_, publish) => {
  const { errors, withEvents } = telling({ publish });
  expect(withEvents(NAMES, () => 1)()).toBe(1);
  expect(await withEvents(NAMES, async () => 2)()).toBe(2);
  await eventually(() => errors.length === 4, 1000, "the failures");
  expect(new Set(errors)).toEqual(new Set(["event: Error: cut off"]));
});

test("a closed hub is reported to onError and to nobody else, even one that throws", async () => {
  const failures: unknown[] = [];
  const hub = new TopicHub({ onError: (error) => failures.push(error) });
  await hub.close();
  let calls = 0;
  const withEvents = eventsOf(hub, {
    onError() {
      calls++;
      throw new Error("again");
    },
  });
  expect(withEvents(NAMES, () => 1)()).toBe(1);
  await eventually(() => calls === 2, 1000, "the failures");
  expect(failures).toEqual([]);
});

test("a wrong name, or none, is said when it is wrapped", () => {
  const { withEvents } = telling();
  const wrap =
    (names: object, fn: unknown = () => {}, options?: object) =>
    () =>
      withEvents(names, fn as () => void, options);
  expect(wrap({ before: "before_bakup" as EventName })).toThrow("did you mean 'before_backup'?");
  expect(wrap({ after: "toString" as EventName })).toThrow(TypeError);
  expect(wrap({})).toThrow("There is no event to tell: before, after or both are expected");
  expect(wrap(NAMES, "text")).toThrow("A function is expected to tell of, got string");
  expect(wrap(NAMES, undefined, { fields: "name" })).toThrow(
    "'fields' takes a list of names or a function, got string",
  );
});

test("a rejection of an async function that nobody handles is still one", () => {
  const code = `import { eventsOf } from "${ROOT}src/bedrock/index.ts";
const withEvents = eventsOf({ publish: async () => {} });
void withEvents({ after: "after_backup" }, async () => { throw new Error("unheard of"); })();`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8", timeout: 4000 });
  expect(stderr).toContain("unheard of");
  expect(status).toBe(1);
});

test("a promise that notes whether somebody listens, as a hub's does, notes nothing", async () => {
  const failures: string[] = [];
  const hub = new TopicHub({ onError: (error) => failures.push(String(error)) });
  const { withEvents } = telling();
  const publish = withEvents({ after: "after_backup" }, () => hub.publish("a b", 1));
  void publish();
  await eventually(() => failures.length === 1, 1000, "the failure that nobody handled");
});

test("whatever a function returns passes through, a proxy that lets nobody look at it too", () => {
  const { errors, withEvents } = telling();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const opaque = withEvents({ after: "after_backup" }, () => proxy);
  const fails = withEvents({ after: "after_backup" }, () => {
    throw proxy;
  });
  expect(Object.is(opaque(), proxy)).toBe(true);
  expect(errors).toHaveLength(1);
  let thrown: unknown;
  try {
    fails();
  } catch (error) {
    thrown = error;
  }
  expect(Object.is(thrown, proxy)).toBe(true);
});

test("a promise of another realm is followed as well", async () => {
  const { seen, withEvents } = telling();
  const promise = runInNewContext("Promise.resolve(7)");
  expect(withEvents({ after: "after_backup" }, () => promise)()).toBe(promise);
  await eventually(() => seen.length === 1, 1000, "the event");
  expect(seen).toEqual([["after_backup", "event", { result: 7 }]]);
});

test("what only has a `then` is not asked for its result, which may be the work itself", async () => {
  const { seen, errors, withEvents } = telling();
  let asked = 0;
  // As a query is that runs once somebody waits for it.
  const query = { password: "hush" };
  Reflect.set(query, "then", (resolve: (value: number) => void) => resolve(++asked));
  const run = withEvents({ after: "after_backup" }, () => query);
  const got = run();
  expect([got === query, asked]).toEqual([true, 0]);
  expect(seen).toEqual([["after_backup", "event", {}]]);
  expect(errors).toEqual([
    "event: TypeError: 'result' cannot tell what comes later, got a promise or what has a 'then'",
  ]);
  expect((await got) as unknown).toBe(1);
});

test("fields and result that are async are refused, and reject unheard", async () => {
  const { seen, errors, withEvents } = telling();
  const late = async () => {
    throw new Error("late");
  };
  expect(withEvents(NAMES, () => 1, { fields: late as never, result: late })()).toBe(1);
  // Bun's runner fails a test for an unhandled rejection, as a program ends for one.
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen.map((event) => (event as unknown[])[2])).toEqual([{}, {}]);
  const what = "cannot tell what comes later, got a promise or what has a 'then'";
  expect(errors).toEqual([`event: TypeError: 'fields' ${what}`, `event: TypeError: 'result' ${what}`]);
});

test("what is told is not longer than its readers can take", () => {
  const { seen, errors, withEvents } = telling();
  const long = "😀".repeat(20_000);
  expect(withEvents({ after: "after_backup" }, () => long)()).toBe(long);
  const fails = withEvents({ after: "after_backup" }, () => {
    throw new Error(long);
  });
  expect(fails).toThrow(long);
  expect(seen).toEqual([
    ["after_backup", "event", {}],
    ["after_backup", "event", { error: `${"😀".repeat(1024)}…` }],
  ]);
  expect(errors).toEqual(["event: RangeError: JSON cannot hold it in 65536 bytes"]);
});

test("a function's own properties are there, as its type says", () => {
  const { withEvents } = telling();
  const backup = Object.assign(() => 1, { kept: 7 });
  expect(withEvents(NAMES, backup).kept).toBe(7);
});
