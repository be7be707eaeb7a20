import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { getJson, postJson } from "../support/http.ts";
import { startProxy } from "../support/proxy.ts";
import { openSocket } from "../support/raw-websocket.ts";
import { blocksOf, programOf, servingSnippet } from "../support/snippets.ts";
import { runToExit, type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { TEST_SECRET, token } from "../support/token.ts";

setDefaultTimeout(30_000);

/** Whose snippets are run here. */
const documents = ["README.md", "docs/delivery.md", "docs/embedding.md"].map((path) =>
  readFileSync(ROOT + path, "utf8"),
);
const blocks = (language: string) => documents.flatMap((text) => blocksOf(text, language));
const snippet = (part: string) => {
  const found = blocks("js").filter((text) => text.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} snippets with ${part}`);
  return found[0] ?? "";
};

// In the project's folder, so that the package finds itself by its name.
const folder = `${ROOT}.scratch/readme-${process.pid}`;
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

const serving = (code: string, command: readonly string[], within = folder) =>
  servingSnippet(code, command, { folder: within, env: { JWT_SECRET: TEST_SECRET } });

async function subscribers(server: Server): Promise<number> {
  const { json } = await getJson(server, "/connections", { token: await token({ admin: true }) });
  const connections = json.connections as { topics: string[] }[];
  return connections.filter(({ topics }) => topics.length > 0).length;
}

describe("README and docs/embedding.md", () => {
  for (const name of ["node", "deno"] as const)
    test(`the first snippet, and the browser's, on ${name}`, async () => {
      await using server = await serving(snippet('"topichub/node"'), programOf(name));
      const logged: unknown[] = [];
      const browser = new Function(
        "location",
        "token",
        "console",
        `${snippet("console.log(JSON.parse(data))")}; return socket;`,
      );
      const socket: WebSocket = browser({ origin: server.url }, await token(), {
        log: (message: unknown) => logged.push(message),
      });
      await eventually(() => logged.length >= 2, 5000, "welcome and the reply");
      await postJson(server, "/orders/17", { state: "paid" });
      await eventually(() => logged.length >= 3, 5000, "the publication");
      expect(logged[2]).toMatchObject({ type: "message", topic: "order:17", data: { state: "paid" } });
      socket.close();
    });

  test("the snippet for version 1 of node-server", async () => {
    const beside = `${folder}/node-v1`;
    mkdirSync(beside);
    symlinkSync(`${ROOT}test/node-v1/node_modules`, `${beside}/node_modules`);
    await using server = await serving(snippet("topichub/node-ws"), ["node"], beside);
    await using client = await connect(server, { token: await token(), path: "/live/ws" });
    await using echo = await openSocket(server, { path: "/echo" });
    echo.send("hello");
    expect(await echo.next()).toBe("hello");
    await echo.close();
    const stopped = server.stop();
    expect(await client.closed).toMatchObject({ code: 1012 });
    expect(await stopped).toBe(0);
  });

  test("the snippet for Bun", async () => {
    await using server = await serving(snippet("topichub/bun"), programOf("bun"));
    await using client = await connect(server, { token: await token(), path: "/live/ws" });
    expect(await client.request({ action: "subscribe", topic: "inbox:alex" })).toMatchObject({
      status: "success",
    });
    expect(await client.request({ action: "subscribe", topic: "inbox:kim" })).toMatchObject({
      code: "forbidden",
    });
  });

  test("the snippet for Deno", async () => {
    await using server = await serving(snippet("topichub/deno"), programOf("deno-native").slice(0, 5));
    await using client = await connect(server, {
      token: await token({ topics: undefined }),
      path: "/live/ws",
    });
    expect(await client.request({ action: "subscribe", topic: "x" })).toMatchObject({ status: "success" });
  });

  for (const name of ["node", "bun", "deno"] as const)
    test(`the snippet of the domain on ${name}`, async () => {
      const file = `${folder}/domain-${name}.mjs`;
      // It samples until it is stopped: the first sample will do.
      const code = snippet("topichub/bedrock").replace(
        "console.log(data.process_info)",
        "(console.log(data.process_info.pid > 0), process.exit(0))",
      );
      writeFileSync(file, `${code}\nsetTimeout(() => process.exit(3), 10_000);`);
      const { status, stdout } = spawnSync(programOf(name)[0] ?? "", [...programOf(name).slice(1), file], {
        cwd: ROOT,
        encoding: "utf8",
      });
      expect([status, stdout.trim()]).toEqual([0, "true"]);
    });

  for (const name of ["node", "bun", "deno"] as const)
    test(`the snippet of histories prints what stands under it on ${name}`, async () => {
      const file = `${folder}/histories-${name}.mjs`;
      writeFileSync(file, `${snippet("hub.history(")}\nawait hub.close();`);
      const [program = "", ...args] = [...programOf(name), file];
      const { status, stdout } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
      expect([status, blocks("text")]).toEqual([0, expect.arrayContaining([stdout])]);
    });

  test("the snippet of coming back misses nothing across a cut", async () => {
    await using server = await spawnServer(targets.bun);
    await using proxy = await startProxy(server);
    const publish = async (data: number) =>
      postJson(server, "/publish", { topic: "event:x", data }, { token: await token() });
    const told: unknown[] = [];
    const follow = new Function(`${snippet("function follow")}; return follow;`)();
    const url = `ws://${proxy.host}:${proxy.port}/ws`;
    follow(url, await token(), "event:x", {
      take: (data: number) => told.push(data),
      lost: () => told.push("lost"),
    });
    await eventually(async () => (await subscribers(server)) === 1, 5000, "the subscription");
    await publish(1);
    await eventually(() => told.length === 1, 5000, "the first publication");
    for (const { toClient } of proxy.connections) toClient.cut();
    await eventually(async () => (await subscribers(server)) === 0, 5000, "the cut to be seen");
    await publish(2);
    await eventually(() => told.length === 2, 8000, "what was missed");
    await publish(3);
    await eventually(() => told.length === 3, 5000, "what comes after");
    expect(told).toEqual([1, 2, 3]);
    await server.stop("SIGKILL");
  });

  test("the snippet of coming back subscribes again where its position is lost", async () => {
    const told: unknown[] = [];
    const asked: unknown[] = [];
    const answers = [
      [
        { action: "subscribe", epoch: "k3v9", offset: 1 },
        { type: "unsubscribed", code: "position_lost" },
      ],
      [
        { action: "subscribe", epoch: "k3v9", offset: 9, recovered: false },
        { topic: "a", data: "new", offset: 10 },
      ],
    ];
    const server = Bun.serve({
      port: 0,
      fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(null, { status: 426 })),
      websocket: {
        message(socket, text) {
          asked.push(JSON.parse(String(text)));
          for (const answer of answers[asked.length - 1] ?? []) socket.send(JSON.stringify(answer));
        },
      },
    });
    const follow = new Function(`${snippet("function follow")}; return follow;`)();
    follow(`ws://127.0.0.1:${server.port}`, "t", "a", {
      take: (data: unknown) => told.push(data),
      lost: () => told.push("lost"),
    });
    await eventually(() => told.length === 2, 5000, "what came after the loss");
    expect(told).toEqual(["lost", "new"]);
    expect(asked).toMatchObject([{ topic: "a" }, { topic: "a", since: { epoch: "k3v9", offset: 1 } }]);
    await server.stop(true);
  });

  test("the token command", async () => {
    const [, flags = ""] = /npx topichub (token .*) > token/.exec(blocks("sh").join("\n")) ?? [];
    const args = flags.replaceAll("'", "").split(" ");
    const { code, stdout } = await runToExit({ command: targets.node.program }, { args });
    const [, payload = ""] = stdout.split(".");
    expect([code, JSON.parse(Buffer.from(payload, "base64url").toString())]).toEqual([
      0,
      { sub: "alex", exp: expect.any(Number), topics: { subscribe: ["*"], publish: ["event:*"] } },
    ]);
  });
});
