import { expect, test } from "bun:test";
import { parseFlags } from "../../../src/cli/arguments.ts";

const options = { port: { type: "string" }, admin: { type: "boolean" } } as const;

const parse = (...args: string[]) => {
  const faults: string[] = [];
  return { values: { ...parseFlags(args, options, faults) }, faults };
};

test("flags are parsed, with = or without", () => {
  expect(parse("--port", "1", "--admin")).toEqual({ values: { port: "1", admin: true }, faults: [] });
  expect(parse("--port=1")).toEqual({ values: { port: "1" }, faults: [] });
  expect(parse()).toEqual({ values: {}, faults: [] });
});

test("each that is unknown, or lacks its value, is one line that names it, and the others are taken", () => {
  const see = "(see topichub --help)";
  expect(parse("--prot", "1", "--admin")).toMatchObject({
    values: { admin: true },
    faults: [`unknown flag --prot ${see}`],
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
