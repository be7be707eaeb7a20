import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../support/client.ts";
import { scratchFolder } from "../support/guard.ts";
import { getJson, postJson } from "../support/http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT } from "../support/targets.ts";

setDefaultTimeout(30_000);

// As the first comment of each says to start it; the runtimes are those of node_modules.
const deno = [`${ROOT}node_modules/deno/deno`, "run", "--allow-net", "--allow-env=JWT_SECRET,PORT,NO_COLOR"];
/** An example, and how it is started: from where, and as which path, where that is not the checkout. */
interface Example {
  file: string;
  command: readonly string[];
  install?: (file: string) => string;
  path?: string;
}
const examples: Example[] = [
  { file: "examples/node/server.js", command: ["node"] },
  { file: "examples/node-v1/server.js", command: ["node"], install: installedApart, path: "server.js" },
  { file: "examples/bun/server.ts", command: [`${ROOT}node_modules/.bin/bun`] },
  { file: "examples/deno/server.ts", command: deno },
];

/** Copies a file to a project of its own, where version 1 of node-server is found. */
function installedApart(file: string): string {
  const folder = scratchFolder();
  mkdirSync(join(folder, "node_modules/@hono"), { recursive: true });
  const link = (name: string, at: string) => symlinkSync(ROOT + at, join(folder, "node_modules", name));
  link("topichub", "");
  link("hono", "node_modules/hono");
  for (const name of ["@hono/node-server", "@hono/node-ws"]) link(name, `test/node-v1/node_modules/${name}`);
  copyFileSync(ROOT + file, join(folder, "server.js"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return join(folder, "server.js");
}

async function signIn(server: Server, user: string, password: string) {
  const { status, text } = await postJson(server, "/sign-in", { user, password });
  return { status, token: text };
}

describe.each(examples)("$file", ({ file, command, install = (path) => ROOT + path, path = file }) => {
  const start = () => spawnServer({ command: [...command, install(file)] });

  test("says how it is started", () => {
    const [start = "", ...args] = command.map((word) => word.slice(word.lastIndexOf("/") + 1));
    expect(readFileSync(ROOT + file, "utf8")).toContain([start, ...args, path].join(" "));
  });

  test("tells a customer of their order, and nobody of another's", async () => {
    await using server = await start();
    const { token } = await signIn(server, "alex", "tea");
    await using alex = await connect(server, { token, path: "/live/ws" });
    const topics = ["orders:alex", "orders:kim", "*"];
    expect(await alex.request({ action: "subscribe", topics })).toMatchObject({
      topics: [{ status: "success" }, { code: "forbidden" }, { code: "forbidden" }],
    });
    const kim = await signIn(server, "kim", "coffee");
    await postJson(server, "/orders", { item: "mug" }, { token: kim.token });
    const { status, json } = await postJson(server, "/orders", { item: "teapot" }, { token });
    const order = { id: 2, user: "alex", item: "teapot", state: "placed" };
    expect([status, json]).toEqual([201, order]);
    expect(await alex.next()).toMatchObject({ topic: "orders:alex", data: order });
    expect((await getJson(server, "/orders", { token })).text).toBe(JSON.stringify([order]));
    expect((await getJson(server, "/live")).text).toContain("<title>topichub</title>");
  });

  test("lets nobody in who has not signed in", async () => {
    await using server = await start();
    for (const [user, password] of [
      ["alex", "coffee"],
      ["toString", ""],
    ] as const)
      expect(await signIn(server, user, password)).toEqual({ status: 401, token: "Wrong user or password" });
    expect((await postJson(server, "/orders", { item: "teapot" })).status).toBe(401);
    await expect(connect(server, { path: "/live/ws" })).rejects.toMatchObject({ status: 401 });
  });

  test("stops in order: the hub first, then the server", async () => {
    await using server = await start();
    const { token } = await signIn(server, "alex", "tea");
    await using client = await connect(server, { token, path: "/live/ws" });
    const stopped = server.stop();
    expect(await client.next()).toMatchObject({ type: "reconnect" });
    expect(await client.closed).toEqual({ code: 1012, reason: "Server is stopping" });
    expect(await stopped).toEqual({ code: 0, signal: null });
  });
});
