import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { Hono } from "hono";
import { nodeWs } from "../../../src/runtime/node-ws.ts";
import { ROOT } from "../../support/targets.ts";

test("what is not createNodeWebSocket, or has no app, is named", () => {
  const app = new Hono();
  for (const given of [
    [{}, { app }],
    [() => ({}), {}],
    [() => ({}), { app: {} }],
  ])
    expect(() => Reflect.apply(nodeWs, undefined, given)).toThrow("takes createNodeWebSocket");
});

// 6,500 bytes each in node-ws by itself, which waits for their sockets for ever.
test("handshakes that ws refuses leave nothing behind", () => {
  const file = `${ROOT}test/unit/runtime/refused-handshakes.mjs`;
  const { stdout, stderr } = spawnSync("node", ["--expose-gc", file], { encoding: "utf8", timeout: 20_000 });
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^-?\d+\n$/), ""]);
  expect(Number(stdout)).toBeLessThan(1500);
}, 30_000);
