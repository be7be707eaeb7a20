// A page that was written for another server, in Chromium: it opens /ws?token=… and reads type, topic and data.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { type AddressInfo, connect as dial } from "node:net";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { eventually } from "../support/deadline.ts";
import { postJson } from "../support/http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

setDefaultTimeout(60_000);

const PAGE = readFileSync(`${ROOT}test/support/dashboard.html`, "utf8");
const TOPICS = ["event:after_backup", "event:before_server_start", "resource-monitor:topichub"];

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
}, 30_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

/**
 * Serves the page, at any address that ends in `dashboard`. With a server behind it passes everything else on, as a
 * reverse proxy does, with the `Host` that the browser sent.
 */
async function servePage(behind?: { host: string; port: number }) {
  const site = createServer((from, to) => {
    const { method, url = "", headers } = from;
    if (url.startsWith("/dashboard")) return void to.setHeader("Content-Type", "text/html").end(PAGE);
    if (!behind) return void to.writeHead(404).end();
    const { host, port } = behind;
    const onwards = request({ host, port, method, path: url, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    onwards.on("error", () => to.destroy());
    from.pipe(onwards);
  });
  site.on("upgrade", ({ method, url, rawHeaders }, socket, head) => {
    if (!behind) return void socket.destroy();
    const upstream = dial(behind.port, behind.host);
    const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
    upstream.write(`${method} ${url} HTTP/1.1\r\n${lines}\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    const end = () => {
      socket.destroy();
      upstream.destroy();
    };
    for (const side of [socket, upstream]) side.on("error", end).on("close", end);
  });
  await new Promise<void>((resolve) => void site.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  return {
    origin,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections();
      site.close();
    },
  };
}

/** The page, and each frame that it got as it came. */
async function openPage(origin: string, at: string) {
  const page = await browser.newPage();
  let sockets = 0;
  page.on("websocket", () => void sockets++);
  const query = new URLSearchParams({ at: at.replace("http", "ws"), token: await token() });
  for (const topic of TOPICS) query.append("topic", topic);
  await page.goto(`${origin}/dashboard?${query}`);
  return {
    page,
    /** How often it tried to connect. */
    attempts: () => sockets,
    frames: async () => (await page.evaluate<string[]>("frames")).map((text) => JSON.parse(text)),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

type Open = Awaited<ReturnType<typeof openPage>>;
type Frame = Record<string, unknown>;

const isReply = ({ status }: Frame) => status !== undefined;
const repliesTo = async ({ frames }: Open) => (await frames()).filter(isReply);
const confirmed = (open: Open, count: number) =>
  eventually(async () => (await repliesTo(open)).length === count, 15_000, `${count} replies`);

const shown = (page: Page, text: string) =>
  page.getByText(text, { exact: true }).waitFor({ timeout: 10_000 });

async function publish(server: Server, topic: string, data: unknown) {
  const { status } = await postJson(server, "/publish", { topic, data }, { token: await token() });
  expect(status).toBe(200);
}

async function follows(server: Server, open: Open) {
  const { page } = open;
  await confirmed(open, TOPICS.length);
  await publish(server, "event:after_backup", { server_name: "survival" });
  await publish(server, "event:before_server_start", { server_name: "creative" });
  await shown(page, 'event event:after_backup {"server_name":"survival"}');
  await shown(page, 'event event:before_server_start {"server_name":"creative"}');
  await page
    .getByText(/^resource_update resource-monitor:topichub .*"pid":\d+/)
    .first()
    .waitFor();
}

/** Holds what came to what such a page expects: the replies, and publications with no fields that are news to it. */
async function expectPlainFrames(open: Open) {
  const publications = (await open.frames()).filter((frame) => !isReply(frame));
  for (const { type, topic, data, offset, time, direct, ...more } of publications) {
    expect([typeof type, typeof topic, data === undefined, more]).toEqual(["string", "string", false, {}]);
    expect(["undefined", "number"]).toContain(typeof offset);
    expect(typeof time).toBe("number");
    expect(direct).toBe(type === "task_update" ? true : undefined);
  }
  expect(new Set(publications.map(({ type }) => type))).toEqual(
    new Set(["event", "resource_update", "task_update"]),
  );
}

describe.each([targets.node, targets.bun, targets.deno, targets["deno-native"]])("on $name", (target) => {
  test("a page of another origin that is allowed goes on as ever, and comes back after a restart", async () => {
    await using site = await servePage();
    const allowed = { ALLOWED_ORIGINS: site.origin };
    await using first = await spawnServer(target, { env: allowed });
    await using open = await openPage(site.origin, first.url);
    await follows(first, open);
    const update = { type: "task_update", topic: "task:1", data: { status: "in_progress", message: "Half" } };
    const admin = { token: await token({ admin: true }) };
    expect((await postJson(first, "/users/alex/messages", update, admin)).json).toMatchObject({
      delivered: 1,
    });
    await shown(open.page, 'task_update task:1 {"status":"in_progress","message":"Half"}');
    await expectPlainFrames(open);

    await first.stop("SIGKILL");
    await using second = await spawnServer(target, { env: { ...allowed, PORT: String(first.port) } });
    await confirmed(open, 2 * TOPICS.length);
    await publish(second, "event:after_backup", { server_name: "again" });
    await shown(open.page, 'event event:after_backup {"server_name":"again"}');
    await expectPlainFrames(open);
  });

  test("a page of the same host goes on as ever behind a proxy, and one of another host is refused", async () => {
    await using server = await spawnServer(target);
    await using site = await servePage(server);
    await using open = await openPage(site.origin, site.origin);
    await follows(server, open);
    await using foreign = await servePage();
    await using refused = await openPage(foreign.origin, server.url);
    await eventually(() => refused.attempts() === 2, 5000, "the second attempt of the page that is refused");
    expect(await refused.frames()).toEqual([]);
  });
});
