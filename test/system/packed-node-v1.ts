import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import nodeV1 from "../node-v1/package.json" with { type: "json" };
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { installPacked, type Project, pinned } from "../support/packed.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT } from "../support/targets.ts";
import { token } from "../support/token.ts";

setDefaultTimeout(60_000);

const TYPED = `import { createAdaptorServer, serve } from "@hono/node-server";
import { createNodeWebSocket } from "@hono/node-ws";
import { Hono } from "hono";
import { TopicHub, topicRoutes } from "topichub";
import { nodeWs } from "topichub/node-ws";

const app = new Hono<{ Variables: { user: string } }>();
const { runtime, upgradeWebSocket, injectWebSocket, wss } = nodeWs(createNodeWebSocket, { app });
const secret = "a secret of thirty-two bytes or so";
app.route("/live", topicRoutes({ hub: new TopicHub(), runtime, secret, authorize: () => true }));
app.get("/echo", upgradeWebSocket(() => ({ onOpen: (_, ws) => ws.raw?.ping() }), { onError: console.error }));
injectWebSocket(serve(app));
injectWebSocket(createAdaptorServer(app));
export const open: number = wss.clients.size;
`;

describe("packed and installed beside version 1 of node-server", () => {
  let folder: string;
  let run: Project["run"];
  beforeAll(() => {
    const ofNodeV1 = Object.entries(nodeV1.dependencies).map(([name, version]) => `${name}@${version}`);
    const types = pinned("@types/node", "@types/ws", "typescript");
    ({ folder, run } = installPacked(...pinned("hono"), ...ofNodeV1, ...types));
    for (const path of ["support/embedded.mjs", "node-v1/packages.mjs"]) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      cpSync(`${ROOT}test/${path}`, join(folder, path));
    }
  }, 120_000);

  test("it runs", async () => {
    const command = ["node", join(folder, "support/embedded.mjs"), "node-ws"];
    await using server = await spawnServer({ command }, { cwd: folder });
    await using client = await connect(server, { token: await token(), path: "/live/ws" });
    await client.request({ action: "subscribe", topic: "order:1" });
    await postJson(server, "/orders/1", { state: "paid" });
    expect(await client.next()).toMatchObject({ type: "order", data: { state: "paid" } });
  });

  test("there is one hono, whose types fit", () => {
    expect(readdirSync(join(folder, "node_modules/@hono/node-ws"))).not.toContain("node_modules");
    writeFileSync(join(folder, "typed.ts"), TYPED);
    const flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--types", "node"];
    const compiled = run("npx", "--no-install", "tsc", ...flags, "typed.ts");
    expect(compiled).toMatchObject({ status: 0, output: "" });
  });

  test("topichub/node says which version it needs, and what is for this one", () => {
    const code = `import("topichub/node").catch((error) => { console.log(error.message); process.exit(7); })`;
    const { status, output } = run("node", "-e", code);
    expect([status, output]).toEqual([7, expect.stringContaining("npm install @hono/node-server@2")]);
    expect(output).toContain("topichub/node-ws");
  });
});
