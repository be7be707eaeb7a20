import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { descriptorLimit, fitDescriptors } from "../../../src/cli/descriptors.ts";
import { parseEnvironment } from "../../../src/cli/environment.ts";
import type { Settings } from "../../../src/cli/settings.ts";
import { parseConfig } from "../../../src/routes/config.ts";

const settings = (config: object): Settings => ({
  environment: parseEnvironment({}),
  config: parseConfig(config),
});
const servers = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `s${at}`, pid: 1 }));

test("what fits is left as it is", () => {
  const given = settings({ limits: { connections: 192 } });
  expect(fitDescriptors(given, 256)).toEqual({ settings: given, sockets: 216 });
  expect(fitDescriptors(given, undefined)).toEqual({ settings: given });
});

test.each([
  [256, 0, 192, 216],
  [256, 10, 172, 196],
  [1024, 0, 960, 984],
  [50, 0, 1, 10],
  [10, 5, 1, 2],
])("%p descriptors and %p servers are enough for %p connections", (limit, count, connections, sockets) => {
  const given = settings({ servers: servers(count) });
  const fitted = fitDescriptors(given, limit);
  expect(fitted.sockets).toBe(sockets);
  expect(fitted.settings.config).toEqual({
    ...given.config,
    limits: { ...given.config.limits, connections },
  });
  expect(fitted.warning).toBe(
    `limits.connections is 10000, and ${limit} descriptors are enough for ${connections}: that is the limit now (ulimit -n raises it)`,
  );
});

test("the limit is the system's own", () => {
  if (existsSync("/proc/self/limits")) expect(descriptorLimit()).toBeGreaterThan(10);
  else expect(descriptorLimit()).toBeUndefined();
});
