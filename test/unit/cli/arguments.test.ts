import { expect, test } from "bun:test";
import { parseFlags, UsageError } from "../../../src/cli/arguments.ts";

const options = { port: { type: "string" }, admin: { type: "boolean" } } as const;

test("flags are parsed, with = or without", () => {
  expect({ ...parseFlags(["--port", "1", "--admin"], options) }).toEqual({ port: "1", admin: true });
  expect({ ...parseFlags(["--port=1"], options) }).toEqual({ port: "1" });
  expect({ ...parseFlags([], options) }).toEqual({});
});

test("what is unknown, or lacks its value, is one line that names it", () => {
  for (const [args, name] of [
    [["--prot", "1"], "--prot"],
    [["--port"], "--port"],
    [["1"], "'1'"],
    [["--admin=yes"], "--admin"],
  ] as const) {
    const parse = () => parseFlags([...args], options);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(name);
    expect(parse).toThrow(/^[^\n]+ \(see topichub --help\)$/);
  }
});
