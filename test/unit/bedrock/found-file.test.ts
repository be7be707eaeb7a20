import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { isOther, look, lookNow } from "../../../src/bedrock/found-file.ts";
import { Workshop } from "./processes.ts";

test("a file is another one where its number or its device is", () => {
  const file = { dev: 1n, ino: 7n, size: 10 };
  expect(isOther({ ...file, size: 5 }, file)).toBe(false);
  expect(isOther({ ...file, ino: 8n }, file)).toBe(true);
  expect(isOther({ ...file, dev: 2n }, file)).toBe(true);
});

test("where files have no number, one that is shorter is another one", () => {
  const file = { dev: 1n, ino: 0n, size: 10 };
  expect(isOther({ ...file, size: 11 }, file)).toBe(false);
  expect(isOther({ ...file, size: 9 }, file)).toBe(true);
});

test("a file, nothing, and what cannot be told are told apart", async () => {
  await using shop = new Workshop();
  const path = (name: string) => join(shop.folder, name);
  const found = { dev: expect.anything(), ino: expect.anything(), size: 3 };
  const file = shop.pidFile("file", "abc");
  symlinkSync(file, path("link"));
  for (const it of [file, path("link")]) expect([lookNow(it), await look(it)]).toEqual([found, found]);
  expect([lookNow(path("none")), await look(path("none"))]).toEqual(["nothing", undefined]);
  mkdirSync(path("folder"));
  expect(lookNow(path("folder"))).toBe("nothing");
  await expect(look(path("folder"))).rejects.toThrow("A log is a regular file, which");
  symlinkSync(path("loop"), path("loop"));
  expect(lookNow(path("loop"))).toBe("unknown");
  await expect(look(path("loop"))).rejects.toThrow("ELOOP");
});
