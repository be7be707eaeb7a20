// examples/react in Chromium, installed and built as somebody would who copies it.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { eventually } from "../support/deadline.ts";
import { scratchFolder } from "../support/guard.ts";
import { postJson } from "../support/http.ts";
import { packInto } from "../support/packed.ts";
import { startProxy } from "../support/proxy.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { withoutUpgrades } from "../support/without-upgrades.ts";

setDefaultTimeout(60_000);

// Its package.json finds the packed package where `npm pack` puts it.
const root = scratchFolder();
const folder = join(root, "examples/react");
let browser: TestBrowser;

function npm(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${args.join(" ")}: ${stdout}${stderr}`);
}

beforeAll(async () => {
  packInto(root);
  cpSync(`${ROOT}examples/react`, folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist|package-lock\.json)$/.test(path),
  });
  npm("install", "--no-audit", "--no-fund");
  npm("run", "build");
  browser = await startBrowser();
}, 180_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

const start = (PORT = "0") =>
  spawnServer({ command: ["node", "server.mjs"] }, { cwd: folder, env: { PORT } });

/** Opens the page; what it, or the browser for it, has to complain of fails the test. */
async function open(url: string) {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => void faults.push(error.message));
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: () => page.close() };
}

const notes = (page: Page) => page.locator("#notes li").allTextContents();
const haveNotes = (page: Page, ...wanted: string[]) =>
  eventually(
    async () => (await notes(page)).join() === wanted.join(),
    15_000,
    () => `the notes ${wanted}`,
  );

async function note(server: Server, text: string) {
  const grants = { topics: { subscribe: [], publish: ["note:*"] } };
  const how = { token: await token(grants) };
  expect((await postJson(server, "/live/publish", { topic: "note:team", data: text }, how)).status).toBe(200);
}

async function noteFrom(page: Page, text: string) {
  await page.getByLabel("Note").fill(text);
  await page.getByRole("button", { name: "Publish" }).click();
}

test("what is for streams of events alone is in a chunk of its own", () => {
  const assets = readdirSync(join(folder, "dist/assets"));
  const [html = ""] = [readFileSync(join(folder, "dist/index.html"), "utf8")];
  const isInEntry = (name: string) => html.includes(name);
  const code = (name: string) => readFileSync(join(folder, "dist/assets", name), "utf8");
  const holding = (text: string) => assets.filter((name) => code(name).includes(text));
  expect(assets.filter(isInEntry)).toHaveLength(1);
  expect(holding("topichub.v1").filter(isInEntry)).toHaveLength(1);
  expect(holding("Last-Event-ID").map(isInEntry)).toEqual([false]);
});

describe("the page", () => {
  test("shows a sample and what is published, and goes on after a cut and after a restart", async () => {
    await using server = await start();
    await using proxy = await startProxy(server);
    await using opened = await open(proxy.url);
    const { page, faults } = opened;
    const usage = page.locator("#usage");
    const isSample = async () => (await usage.textContent())?.startsWith(`Process ${server.pid}: `);
    await eventually(isSample, 10_000, "a sample of the server itself");
    const first = await usage.textContent();
    await eventually(async () => (await usage.textContent()) !== first, 10_000, "another sample");

    await noteFrom(page, "from the page");
    await haveNotes(page, "from the page");
    await noteFrom(page, "");
    await eventually(
      async () => (await page.locator("#fault").textContent())?.includes("'data'"),
      5000,
      "what is wrong with it",
    );

    // The next one is the request for a token: until that comes through, the page is away.
    const { promise: away, resolve } = Promise.withResolvers<() => void>();
    proxy.next(({ toServer }) => {
      toServer.stall();
      resolve(toServer.resume.bind(toServer));
    });
    for (const { toClient, isOver } of proxy.connections) if (!isOver) toClient.cut();
    const resume = await away;
    await note(server, "while it was away");
    resume();
    await haveNotes(page, "from the page", "while it was away");
    expect(await page.locator("#missing").count()).toBe(0);

    await server.stop("SIGKILL");
    await using again = await start(String(server.port));
    await page.locator("#missing").waitFor({ timeout: 20_000 });
    await note(again, "after a restart");
    await haveNotes(page, "from the page", "while it was away", "after a restart");
    expect(faults).toEqual([]);
  });

  test("takes a stream of events where WebSockets are blocked, and loads what that needs only then", async () => {
    await using server = await start();
    await using blocked = await withoutUpgrades(server);
    for (const [{ url }, isLoaded] of [
      [server, false],
      [blocked, true],
    ] as const) {
      await using opened = await open("about:blank");
      const { page, faults } = opened;
      const loaded: string[] = [];
      page.on("request", (request) => void loaded.push(new URL(request.url()).pathname));
      await page.goto(url);
      await page.getByText(/^Process \d+: /).waitFor();
      await noteFrom(page, "hello");
      await haveNotes(page, "hello");
      const isOfStreams = (path: string) => /^\/assets\/stream-link/.test(path) || path === "/live/sse";
      expect(new Set(loaded.filter(isOfStreams)).size).toBe(isLoaded ? 2 : 0);
      expect(faults).toEqual([]);
    }
  });
});

/** Vite's own server, which has React run every effect twice. */
const startVite = (api: Server) => {
  writeFileSync(
    join(folder, "dev.mjs"),
    `import { createServer } from "vite";
const server = await createServer({ server: { host: "127.0.0.1", port: 0, hmr: false } });
await server.listen();
console.log(\`vite listening on http://127.0.0.1:\${server.httpServer.address().port} (node)\`);`,
  );
  return spawnServer({ command: ["node", "dev.mjs"] }, { cwd: folder, env: { API: api.url } });
};

/** Has the page count what it subscribes to. */
const COUNTING = `
;globalThis.subscribed = [];
const { subscribe } = client;
client.subscribe = (topic, ...rest) => {
  globalThis.subscribed.push(topic);
  return subscribe(topic, ...rest);
};`;

test("effects that React runs twice are one subscription, which ends with its component", async () => {
  await using server = await start();
  await using vite = await startVite(server);
  await using opened = await open("about:blank");
  const { page, faults } = opened;
  await page.route(/\/src\/main\.tsx/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + COUNTING });
  });
  let asked: string[] = [];
  page.on("websocket", (socket) => {
    asked = [];
    socket.on("framesent", ({ payload }) => {
      const { action, topics = [] } = JSON.parse(String(payload));
      for (const topic of topics) asked.push(`${action} ${topic.topic ?? topic}`);
    });
  });
  await page.goto(vite.url);
  await page.getByText(/^Process \d+: /).waitFor({ timeout: 30_000 });
  const usage = "resource-monitor:topichub";
  expect((await page.evaluate<string[]>("globalThis.subscribed")).sort()).toEqual([
    ...["note:*", "note:*"],
    ...[usage, usage],
  ]);
  expect(asked.toSorted()).toEqual(["subscribe note:*", `subscribe ${usage}`]);
  await page.locator("#watch").click();
  await eventually(() => asked.at(-1) === `unsubscribe ${usage}`, 5000, "the end of the subscription");
  await page.locator("#watch").click();
  await page.getByText(/^Process \d+: /).waitFor();
  expect(asked.slice(2)).toEqual([`unsubscribe ${usage}`, `subscribe ${usage}`]);
  expect(faults).toEqual([]);
});
