import { expect, test } from "bun:test";
import { addFaults, parseFlags } from "../../../src/cli/arguments.ts";

const options = { port: { type: "string" }, admin: { type: "boolean" } } as const;

const parse = (...args: string[]) => {
  const faults: string[] = [];
  return { values: { ...parseFlags(args, { command: "serve", options }, faults) }, faults };
};

test("flags are parsed, with = or without", () => {
  expect(parse("--port", "1", "--admin")).toEqual({ values: { port: "1", admin: true }, faults: [] });
  expect(parse("--port=1")).toEqual({ values: { port: "1" }, faults: [] });
  expect(parse()).toEqual({ values: {}, faults: [] });
});

test("each that is unknown, or lacks its value, is one line that names it, and the others are taken", () => {
  const see = "(see topichub serve --help)";
  expect(parse("--prot", "1", "--admin")).toMatchObject({
    values: { admin: true },
    faults: [`unknown flag --prot: is it --port? ${see}`],
  });
  expect(parse("--port")).toEqual({ values: {}, faults: [`--port takes a value ${see}`] });
  expect(parse("1", "--__proto__")).toMatchObject({
    faults: [`unexpected argument '1' ${see}`, `unknown flag --__proto__ ${see}`],
  });
  expect(parse("--admin=yes", "--port", "-1")).toEqual({
    values: { port: "-1" },
    faults: [`--admin takes no value ${see}`],
  });
});

test("what is no flag is handed over where a command takes it, whatever it looks like behind --", () => {
  const words: string[] = [];
  const faults: string[] = [];
  parseFlags(
    ["a", "--port", "1", "-", "--prot", "2", "--", "-5", "--admin"],
    { command: "x", options, words },
    faults,
  );
  expect({ words, faults }).toEqual({
    words: ["a", "-", "-5", "--admin"],
    faults: ["unknown flag --prot: is it --port? (see topichub x --help)"],
  });
});

test("a flag that is short has the name of the long one", () => {
  const faults: string[] = [];
  const verbose = { verbose: { type: "boolean", short: "v" } } as const;
  expect({ ...parseFlags(["-v"], { command: "x", options: verbose }, faults) }).toEqual({ verbose: true });
  parseFlags(["-w"], { command: "x", options: verbose }, faults);
  expect(faults).toEqual(["unknown flag -w (see topichub x --help)"]);
});

test("a flag is named once", () => {
  const faults = ["--token takes a value"];
  addFaults(faults, ["--token is missing", "TOPIC is missing"]);
  expect(faults).toEqual(["--token takes a value", "TOPIC is missing"]);
});
