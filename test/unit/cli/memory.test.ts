import { expect, test } from "bun:test";
import { memoryLimit, memoryWarning } from "../../../src/cli/memory.ts";
import { parseConfig } from "../../../src/routes/config.ts";

const config = parseConfig({ limits: { kept_bytes: 100_000 } });

test("histories that may take more than half of the memory are warned of", () => {
  expect(memoryWarning(config, 200_000)).toBeUndefined();
  expect(memoryWarning(config, 199_999)).toBe(
    "limits.kept_bytes is 100000, and this process may take 199999 bytes: full histories could end it (take less than half)",
  );
});

test("what the process may take is a number in any case", () => {
  expect(memoryLimit()).toBeGreaterThan(2 ** 20);
});
