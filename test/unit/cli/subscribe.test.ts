import { describe, expect, test } from "bun:test";
import { UsageError } from "../../../src/cli/arguments.ts";
import { jsonLine, peopleLine } from "../../../src/cli/message-line.ts";
import { createNotes } from "../../../src/cli/notes.ts";
import { createOutput } from "../../../src/cli/output.ts";
import { distinct, readWanted } from "../../../src/cli/subscribe.ts";

const env = { TOPICHUB_TOKEN: "a.b.c" };
const faultsOf = (args: string[], variables: Record<string, string> = env) => {
  try {
    readWanted(args, variables);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
};

describe("what it takes", () => {
  test("a flag wins over its variable, which wins over the default", () => {
    const remote = { token: "a.b.c", auth: "upgrade", transport: "auto", timeoutMs: 10_000 };
    expect(readWanted(["a", "b*"], env)).toEqual({
      remote: { ...remote, auth: "upgrade", transport: "auto", url: "http://127.0.0.1:8787" },
      topics: ["a", "b*"],
      isJson: false,
      most: Number.POSITIVE_INFINITY,
    });
    const flags = [
      "--url=wss://h/live",
      "--token=d",
      "--auth=first-message",
      "--transport=sse",
      "--timeout=2m",
    ];
    expect(readWanted(["a", "--json", "--count=3", ...flags], { ...env, TOPICHUB_URL: "http://x" })).toEqual({
      remote: {
        url: "wss://h/live",
        token: "d",
        auth: "first-message",
        transport: "sse",
        timeoutMs: 120_000,
      },
      topics: ["a"],
      isJson: true,
      most: 3,
    });
    expect(readWanted(["a"], { ...env, TOPICHUB_URL: "http://x" }).remote.url).toBe("http://x");
  });

  test("every fault is one line, and none has what could be a token in it", () => {
    expect(faultsOf(["--count=0", "--timeout=2d", "--transport=ws", "--auth=x", "--token"], {})).toEqual([
      "--token takes a value (see topichub subscribe --help)",
      "--timeout takes a day at most, got '2d'",
      "--auth takes upgrade, first-message, got 'x'",
      "--transport takes auto, websocket, sse, got 'ws'",
      "TOPIC is missing: it takes one topic or pattern, or several",
      "--count takes a whole number from 1 on, got '0'",
    ]);
    expect(faultsOf(["a**", "--token=sec ret"], { TOPICHUB_URL: "" })).toEqual([
      "'TOPICHUB_URL' takes an http or ws address without a user, a query or a fragment",
      "--token takes letters, digits, '.', '-' and '_'; topichub token makes one",
      "TOPIC takes a topic or a pattern, got 'a**': '*' may only stand at the end, where it makes a pattern",
    ]);
    const urls = [
      "http://h/?token=secret",
      "http://h/#token=secret",
      "http://secret@h",
      "secret:x",
      "secret",
    ];
    for (const url of urls) {
      const faults = faultsOf(["a", "--url", url]);
      expect(faults).toEqual(["--url takes an http or ws address without a user, a query or a fragment"]);
    }
    expect(faultsOf(["a"], { TOPICHUB_TOKEN: "" })).toEqual([
      "'TOPICHUB_TOKEN' takes letters, digits, '.', '-' and '_'; topichub token makes one",
    ]);
    expect(faultsOf(["a"], {})).toEqual(["--token is missing: give one, or set TOPICHUB_TOKEN"]);
  });

  test("topics that another one covers are a part of it", () => {
    expect(distinct(["a", "a", "b:x", "b:*", "b:y*", "c*"])).toEqual(["a", "b:*", "c*"]);
    expect(distinct(["x", "*", "y*"])).toEqual(["*"]);
  });
});

describe("a line", () => {
  const time = new Date(2026, 10, 30, 9, 5, 3, 7).getTime();
  const message = { type: "event", topic: "event:a", data: { b: ["ü", 1] }, offset: 4, time };

  test("for people has the time of day, the topic, the type and the data", () => {
    expect(peopleLine(false)(message)).toBe('09:05:03.007 event:a event {"b":["ü",1]}\n');
    expect(peopleLine(false)({ type: "t", data: null, time, direct: true })).toBe(
      "09:05:03.007 (direct) t null\n",
    );
  });

  test("for people moves no cursor and begins no line, whatever was published", () => {
    const hostile = { ...message, type: "a\n\u001b[2J", data: "\u009b2J\u202e" };
    const line = peopleLine(false)(hostile);
    expect(line).toBe('09:05:03.007 event:a a\\u000a\\u001b[2J "\\u009b2J\\u202e"\n');
  });

  test("on a terminal has colours, and the same text", () => {
    const painted = peopleLine(true)(message);
    expect(painted).toContain("\x1b[1mevent:a\x1b[0m");
    expect(Bun.stripANSI(painted)).toBe(peopleLine(false)(message));
  });

  test("for programs is the message as it came", () => {
    const line = jsonLine(message);
    expect([JSON.parse(line), line.indexOf("\n")]).toEqual([message, line.length - 1]);
  });
});

test("notes tell of a connection once it was there", () => {
  const told: string[] = [];
  const notes = createNotes(
    (note) => told.push(note),
    () => 1000,
  );
  const lost = { status: "waiting", retryAt: 3500, code: 1006, reason: "" } as const;
  const open = {
    status: "open",
    transport: "websocket",
    user: "alex",
    connection: undefined,
    expiresAt: undefined,
  } as const;
  const step = (act: () => void) => {
    act();
    return told.splice(0);
  };
  expect(step(() => notes.state(lost))).toEqual([]);
  expect(step(() => notes.state(open))).toEqual([]);
  expect(step(() => notes.confirmed({ topic: "a", recovered: undefined }))).toEqual([
    "connected as alex (websocket)",
  ]);
  expect(step(() => notes.confirmed({ topic: "b", recovered: undefined }))).toEqual([]);
  expect(step(() => notes.state(lost))).toEqual(["connection lost (1006): reconnecting in 2.5 s"]);
  expect(step(() => notes.state({ ...lost, reason: "full", retryAt: 0 }))).toEqual([
    "no connection (full): reconnecting in 0.0 s",
  ]);
  notes.state({ ...open, transport: "sse", user: undefined });
  expect(step(() => notes.confirmed({ topic: "a", recovered: true }))).toEqual([
    "connected (sse)",
    "a: resumed, nothing missed",
  ]);
  expect(step(() => notes.confirmed({ topic: "b*", recovered: true, partial: true }))).toEqual([
    "b*: resumed, nothing missed of what has a history",
  ]);
  expect(step(() => notes.confirmed({ topic: "c", recovered: false }))).toEqual([
    "c: something may have been missed",
  ]);
  expect(step(() => notes.gap({ topic: "a", skipped: 3 }))).toEqual([
    "a: 3 left out, this reader is too slow for it",
  ]);
});

describe("standard output", () => {
  /** A stream of which nothing is taken before it is said so. */
  const slowStream = () => {
    const waiting: ((error?: Error) => void)[] = [];
    let fail: (error: Error) => void = () => {};
    return {
      stream: {
        write: (_: string, done: (error?: Error) => void) => waiting.push(done),
        on(_: string, fn: (error: Error) => void) {
          fail = fn;
        },
      },
      take: () => waiting.shift()?.(),
      fail: (code: string) => fail(Object.assign(new Error(code), { code })),
    };
  };

  test("is flushed once all of it is taken", async () => {
    const { stream, take } = slowStream();
    const output = createOutput(stream, () => {});
    await output.flushed();
    output.write("a\n");
    let isFlushed = false;
    const flushed = output.flushed().then(() => {
      isFlushed = true;
    });
    await Promise.resolve();
    expect(isFlushed).toBe(false);
    take();
    await flushed;
  });

  test("that a reader closed is no error, any other end is one, and both come once", async () => {
    for (const [code, told] of [
      ["EPIPE", [undefined]],
      ["EIO", ["EIO"]],
    ] as const) {
      const { stream, fail } = slowStream();
      const ends: (string | undefined)[] = [];
      const output = createOutput(stream, (error) => void ends.push(error?.message));
      output.write("a\n");
      fail(code);
      fail(code);
      output.write("b\n");
      await output.flushed();
      expect(ends).toEqual([...told]);
    }
  });

  test("that nobody reads does not fill the memory", () => {
    const { stream } = slowStream();
    const ends: (string | undefined)[] = [];
    const output = createOutput(stream, (error) => void ends.push(error?.message));
    for (let written = 0; written < 20 && ends.length === 0; written++) output.write("x".repeat(1_048_576));
    expect(ends).toEqual(["standard output is read too slowly"]);
  });
});
