import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type ClientOptions, connect as connectClient, type TopicClient } from "../../src/client/index.ts";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { getJson, postJson } from "../support/http.ts";
import { startProxy } from "../support/proxy.ts";
import { openSocket } from "../support/raw-websocket.ts";
import { blocksOf, programOf, servingSnippet } from "../support/snippets.ts";
import { runToExit, spawnServer } from "../support/spawn-server.ts";
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

/**
 * Runs a page's snippet, with what it finds there; gives the client that it makes.
 * @param at Where an address in it leads.
 */
function inPage(
  code: string,
  { at, ...found }: { at: (path: string) => URL; [name: string]: unknown },
): TopicClient {
  const made: TopicClient[] = [];
  const connectThere = (path: string, options: ClientOptions) => {
    const client = connectClient(at(path), options);
    made.push(client);
    return client;
  };
  const line = 'import { connect } from "topichub/client";\n';
  expect(code).toStartWith(line);
  new Function("connect", ...Object.keys(found), code.slice(line.length))(
    connectThere,
    ...Object.values(found),
  );
  const [client] = made;
  if (!client) throw new Error(`it connects to nothing: ${code}`);
  return client;
}

describe("README and docs/embedding.md", () => {
  for (const name of ["node", "deno"] as const)
    test(`the first snippet, and the browser's, on ${name}`, async () => {
      await using server = await serving(snippet('"topichub/node"'), programOf(name));
      const logged: unknown[][] = [];
      const live = inPage(snippet("const live = connect"), {
        at: (path) => new URL(path, server.url),
        token: await token(),
        console: { log: (...all: unknown[]) => void logged.push(all) },
      });
      // Answered after the subscription.
      await live.publish("another", "");
      await postJson(server, "/orders/17", { state: "paid" });
      await eventually(() => logged.length > 0, 5000, "the publication");
      expect(logged).toEqual([["order:17", { state: "paid" }]]);
      live.close();
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

  test("the snippet of coming back misses nothing across a cut, and loads anew after a restart", async () => {
    const config = { topics: [{ match: "order:*", history: { size: 100, ttl_s: 300 } }] };
    await using server = await spawnServer(targets.bun, { config });
    await using proxy = await startProxy(server);
    const publish = async (data: number) =>
      postJson(server, "/publish", { topic: "order:17", data }, { token: await token() });
    const told: unknown[] = [];
    const tells = (...wanted: unknown[]) =>
      eventually(
        () => told.join() === wanted.join(),
        15_000,
        () => `${wanted}, got ${told}`,
      );
    const client = inPage(snippet("reload()"), {
      at: () => new URL(proxy.url),
      token: await token(),
      show: (data: unknown) => void told.push(data),
      reload: () => void told.push("reload"),
    });
    await client.publish("order:17", 1);
    await tells(1);
    proxy.next(({ toServer }) => toServer.stall());
    for (const { toClient } of proxy.connections) toClient.cut();
    await eventually(() => proxy.connections.length === 2, 5000, "the next connection");
    await publish(2);
    proxy.connections[1]?.toServer.resume();
    await tells(1, 2);
    await publish(3);
    await tells(1, 2, 3);
    await server.stop("SIGKILL");
    await using again = await spawnServer(targets.bun, { config, env: { PORT: String(server.port) } });
    await tells(1, 2, 3, "reload");
    expect((await getJson(again, "/healthz")).status).toBe(200);
    client.close();
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
