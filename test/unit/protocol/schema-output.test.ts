import { expect, test } from "bun:test";
import * as v from "valibot";
import { z } from "zod";
import { schemaOutput } from "../../../src/protocol/schema-output.ts";
import type { StandardSchema } from "../../../src/protocol/standard-schema.ts";

const given = (schema: StandardSchema, data: unknown) => () => schemaOutput("a:{b}", schema, data);

const Backup = v.object({
  server_name: v.string(),
  files: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
  by: v.optional(
    v.pipe(
      v.string(),
      v.check((name) => name !== "root", "somebody else than root is expected"),
    ),
  ),
  sizes: v.optional(v.array(v.number())),
});
const Usage = z.object({ pid: z.number(), name: z.string().default("main") });

test("what a schema puts out is delivered: defaults filled in, unknown fields as it has it", () => {
  expect(given(Backup, { server_name: "a", more: 1 })()).toEqual({ server_name: "a", files: 0 });
  expect(given(Usage, { pid: 1, more: 1 })()).toEqual({ pid: 1, name: "main" });
  expect(given(z.looseObject({ pid: z.number() }), { pid: 1, more: 1 })()).toEqual({ pid: 1, more: 1 });
  expect(given(v.pipe(v.string(), v.transform(Number)), "12")()).toBe(12);
});

test.each<[StandardSchema, unknown, string]>([
  [Backup, { server_name: 1 }, "'data.server_name' takes a string, got 1"],
  [Backup, { server_name: null }, "'data.server_name' takes a string, got null"],
  [Backup, {}, "'data.server_name' is missing"],
  [Backup, "x", `'data' takes an object, got "x"`],
  [Backup, null, "'data' takes an object, got null"],
  [Backup, { server_name: "a", sizes: {} }, "'data.sizes' takes a list, got Object"],
  [Backup, { server_name: "a", sizes: [1, true] }, "'data.sizes.1' takes a number, got true"],
  [Backup, { server_name: "a", files: -1 }, "'data.files': Invalid value: Expected >=0 but received -1"],
  [Backup, { server_name: "a", by: "root" }, `'data.by': somebody else than root is expected, got "root"`],
  [v.strictObject({}), { volume: 1 }, "Unknown field 'data.volume'"],
  [v.picklist(["a", "b"]), "c", `'data' takes ("a" | "b"), got "c"`],
  [v.boolean(), "\u001b[2J", String.raw`'data' takes a boolean, got "\u001b[2J"`],
  [v.boolean(), "x".repeat(999), `'data' takes a boolean, got "${"x".repeat(59)}…`],
  [v.strictObject({}), { ["\n".repeat(99)]: 1 }, `Unknown field 'data.${String.raw`\u000a`.repeat(55)}…'`],
  [Usage, { pid: "1" }, "'data.pid': Invalid input: expected number, received string"],
  [Usage, {}, "'data.pid': Invalid input: expected number, received undefined"],
  [Usage, 5, "'data': Invalid input: expected object, received number"],
  [z.strictObject({}), { "\u202e": 1 }, String.raw`'data': Unrecognized key: "\u202e"`],
])("%#: what a schema refuses is told of by its field", (schema, data, message) => {
  expect(given(schema, data)).toThrow(
    expect.objectContaining({ name: "TypeError", code: "invalid_message", message }),
  );
});

test("a fault of a schema of one's own is told of by its path, or without one", () => {
  const own = (
    issues: { message: string; path?: (PropertyKey | { key: PropertyKey })[] }[],
  ): StandardSchema => ({
    "~standard": { version: 1, vendor: "own", validate: () => ({ issues }) },
  });
  const path = ["a", { key: 0 }, Symbol("b")];
  expect(given(own([{ message: "No", path }]), 1)).toThrow("'data.a.0.Symbol(b)': No");
  expect(given(own([]), 1)).toThrow("'data' does not fit its schema");
});

test("a schema that is asynchronous is a fault of the server", async () => {
  const message = `The schema of "a:{b}" is asynchronous: those of topics are not`;
  const isOfServer = expect.not.objectContaining({ code: expect.anything() });
  const rejects = v.checkAsync<string>(async () => {
    throw new Error("nobody waits for it");
  });
  for (const schema of [v.pipeAsync(v.string(), rejects), z.string().refine(async () => true)]) {
    expect(given(schema, "x")).toThrow(new TypeError(message));
    expect(given(schema, "x")).toThrow(isOfServer);
  }
  // Where it was not taken care of, this ends the test run.
  await new Promise((resolve) => setImmediate(resolve));
});

test("what a schema throws is thrown", () => {
  const fault = new RangeError("broken");
  const broken = v.pipe(
    v.string(),
    v.check(() => {
      throw fault;
    }),
  );
  expect(given(broken, "x")).toThrow(fault);
});
