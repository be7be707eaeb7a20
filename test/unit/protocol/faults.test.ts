import { expect, test } from "bun:test";
import * as v from "valibot";
import { faultsOf } from "../../../src/protocol/faults.ts";

const Schema = v.strictObject({
  name: v.string("a string"),
  size: v.optional(v.pipe(v.number("a number"), v.maxValue(9, "at most 9"))),
  inner: v.optional(v.strictObject({ list: v.array(v.boolean("true or false"), "a list") })),
  later: v.optional(v.never()),
});

const faults = (value: unknown) => faultsOf(v.safeParse(Schema, value).issues ?? []);
const sentences = (value: unknown) => faults(value).map(({ message }) => message);

test("a fault names the field, what it takes and what it got", () => {
  expect(sentences({ name: 5 })).toEqual(["'name' takes a string, got 5"]);
  expect(sentences({ name: null })).toEqual(["'name' takes a string, got null"]);
  expect(sentences({ name: ["a"] })).toEqual(["'name' takes a string, got Array"]);
  expect(sentences({ name: "a", size: "big" })).toEqual([`'size' takes a number, got "big"`]);
  expect(sentences({ name: "a", size: 10 })).toEqual(["'size' takes at most 9, got 10"]);
});

test("a fault deep inside names the way to it", () => {
  expect(sentences({ name: "a", inner: { list: [true, 1, "x"] } })).toEqual([
    "'inner.list.1' takes true or false, got 1",
    `'inner.list.2' takes true or false, got "x"`,
  ]);
  expect(faults({ name: "a", inner: { list: [1] } })[0]?.path).toEqual(["inner", "list", "0"]);
});

test("what is missing, what is unknown and what is not there yet have words of their own", () => {
  expect(sentences({})).toEqual(["'name' is missing"]);
  expect(sentences({ name: "a", inner: {} })).toEqual(["'inner.list' is missing"]);
  expect(sentences({ name: "a", nmae: "b" })).toEqual(["Unknown field 'nmae'"]);
  expect(sentences({ name: "a", inner: { list: [], "x.y": 1 } })).toEqual(["Unknown field 'inner.x.y'"]);
  expect(sentences({ name: "a", later: {} })).toEqual(["'later' is not offered yet"]);
  expect(sentences({ name: "a", inner: 1 })).toEqual(["'inner' takes an object, got 1"]);
});

test("what is no object at all has no field to name", () => {
  expect(sentences(5)).toEqual(["The value takes an object, got 5"]);
});

test("only a field that the schema does not know counts as unknown", () => {
  expect(faults({ name: "a", nmae: 1 })).toEqual([
    { path: ["nmae"], isUnknown: true, message: "Unknown field 'nmae'" },
  ]);
  for (const known of [{}, { name: 1 }, { name: "a", later: 1 }, { name: "a", inner: 1 }])
    expect(faults(known).map(({ isUnknown }) => isUnknown)).toEqual([false]);
});

test("names of Object.prototype are fields like any other", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"])
    expect(sentences(JSON.parse(`{"name":"a","${name}":{}}`))).toEqual([`Unknown field '${name}'`]);
});

test("what was got is cut short", () => {
  expect(sentences({ name: "a", size: "x".repeat(1000) })).toEqual([
    `'size' takes a number, got "${"x".repeat(59)}…`,
  ]);
  expect(sentences({ name: "a", ["y".repeat(1000)]: 1 })).toEqual([`Unknown field '${"y".repeat(60)}…'`]);
});

test("several faults come as several sentences", () => {
  expect(sentences({ name: 1, size: "x", other: 1 })).toEqual([
    "'name' takes a string, got 1",
    `'size' takes a number, got "x"`,
    "Unknown field 'other'",
  ]);
});
