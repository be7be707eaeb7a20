import { describe, expect, test } from "bun:test";
import { UsageError } from "../../../src/cli/arguments.ts";
import { explain } from "../../../src/cli/explain.ts";
import { inputLines } from "../../../src/cli/input-lines.ts";
import { readWanted } from "../../../src/cli/publish.ts";
import { TopicError } from "../../../src/client/options.ts";

const env = { TOPICHUB_TOKEN: "a.b.c" };
const read = (args: string[], isTerminal = false) => readWanted(args, env, isTerminal);
const faultsOf = (args: string[], isTerminal = false) => {
  try {
    read(args, isTerminal);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
};

test("a value is JSON or, with --text, a string; - and none are standard input", () => {
  expect(read(["a", '{"b":1}', "--type", "t", "--key", "k"])).toMatchObject({
    topic: "a",
    value: { data: { b: 1 } },
    type: "t",
    key: "k",
    lineOf: undefined,
  });
  expect(read(["a", "null"], true).value).toEqual({ data: null });
  expect(read(["--text", "a", "{"]).value).toEqual({ data: "{" });
  expect(read(["a", "--", "-5"]).value).toEqual({ data: -5 });
  expect(read(["a", "-"], true).value).toBeUndefined();
  expect(read(["a"]).value).toBeUndefined();
});

test("every fault is one line", () => {
  expect(faultsOf([])).toEqual(["TOPIC is missing: it takes one topic"]);
  expect(faultsOf(["a"], true)).toEqual([
    "JSON is missing: it takes one value, or - for lines of standard input",
  ]);
  expect(faultsOf(["a*", "b", "c", "--verbos"])).toEqual([
    "unknown flag --verbos: is it --verbose? (see topichub publish --help)",
    "TOPIC takes a topic, got 'a*': '*' may only stand at the end, where it makes a pattern",
    "JSON takes one JSON value, got 'b': with --text it is published as a string",
    "unexpected argument 'c' (see topichub publish --help)",
  ]);
  expect(faultsOf(["a", "--key", "k"])).toEqual([
    "--key is for one publication: it takes the JSON as an argument",
  ]);
});

test("a position is a line for people, or for programs", () => {
  const kept = { topic: "a", epoch: "k3v9", offset: 2 };
  const unkept = { topic: "a", epoch: undefined, offset: undefined };
  const [people, programs] = [read(["a", "1", "-v"]).lineOf, read(["a", "1", "--json", "-v"]).lineOf];
  expect([people?.(kept), people?.(unkept)]).toEqual(["a offset 2 epoch k3v9\n", "a (no history)\n"]);
  expect([programs?.(kept), programs?.(unkept)]).toEqual([`${JSON.stringify(kept)}\n`, '{"topic":"a"}\n']);
});

describe("lines of standard input", () => {
  const linesOf = async (...chunks: (string | Uint8Array)[]) => {
    async function* bytes() {
      for (const chunk of chunks) yield typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    }
    const lines: string[] = [];
    for await (const line of inputLines(bytes())) lines.push(line);
    return lines;
  };

  test("end where their sender ended them, wherever the chunks do", async () => {
    expect(await linesOf()).toEqual([]);
    expect(await linesOf("a\nb\r\n", "\nc", "d\n")).toEqual(["a", "b", "", "cd"]);
    expect(await linesOf("a\nb")).toEqual(["a", "b"]);
    // Separators of JavaScript's, which JSON may contain.
    expect(await linesOf('"\u2028\u2029"\n')).toEqual(['"\u2028\u2029"']);
    const [first, ...rest] = new TextEncoder().encode("ü\n");
    expect(await linesOf(Uint8Array.of(first ?? 0), Uint8Array.from(rest))).toEqual(["ü"]);
  });

  test("do not fill the memory where one has no end", async () => {
    const chunk = new Uint8Array(1_048_576).fill(120);
    async function* endless() {
      for (;;) yield chunk;
    }
    const reading = async () => {
      for await (const _ of inputLines(endless())) throw new Error("there is no line");
    };
    await expect(reading()).rejects.toThrow("a line of more than 16777216 characters");
  });
});

test("an error says what to do about it", () => {
  const remote = {
    url: "http://h",
    token: "a",
    auth: "upgrade",
    transport: "auto",
    timeoutMs: 2000,
  } as const;
  const said = (code: TopicError["code"], topic?: string) =>
    explain(new TopicError(code, "It says so", topic), remote, "no route").message;
  expect(said("unauthorized")).toStartWith("http://h refuses the token: It says so; give another one");
  expect(said("forbidden", "a")).toBe(
    "It says so; it takes a token with that grant: see topichub token --help",
  );
  // As where an operator ended the connection: no grant helps.
  expect(said("forbidden")).toBe("http://h: It says so");
  expect(said("limit_reached", "a")).toBe("It says so; http://h takes no more");
  expect(said("timeout", "a")).toBe("no connection to http://h within 2 s: no route");
  expect(explain(new TopicError("timeout", "It says so"), remote).message).toBe(
    "no answer from http://h within 2 s; is it the right address?",
  );
  expect(explain(new TypeError("other"), remote).message).toBe("other");
});
