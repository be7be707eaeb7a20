// The dashboard in a real browser while connections break and the server comes and goes.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../../support/browser.ts";
import { postJson } from "../../support/http.ts";
import { startProxy } from "../../support/proxy.ts";
import { type Server, spawnServer } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";
import { token } from "../../support/token.ts";

setDefaultTimeout(60_000);

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());

const publish = async (server: Server, ...data: number[]) => {
  const messages = data.map((n) => ({ topic: "event:after_backup", data: { n } }));
  const { status } = await postJson(
    server,
    "/publish",
    { messages },
    { token: await token({ sub: "publisher" }) },
  );
  expect(status).toBe(200);
};
const visit = async (url: string) => {
  const claims = { topics: { subscribe: ["event:*"], publish: [] } };
  const visited = await browser.visit(`${url}/#token=${await token(claims)}`);
  await live(visited.page);
  await visited.page.click('#nav a[href="#events"]');
  return visited;
};
const live = (page: Page) => page.waitForSelector('#link[data-state="open"]');
/** What the feed has, oldest first: the number of each event, and the text of whatever stands between them. */
const feed = async (page: Page) => {
  const entries = await page.locator("#feed-list > li").all();
  const texts = await Promise.all(
    entries.map(async (entry) => {
      const compact = entry.locator(".compact");
      return (await compact.count()) > 0 ? await compact.textContent() : entry.textContent();
    }),
  );
  return texts.reverse().map((text) => /"n":(\d+)/.exec(text ?? "")?.[1] ?? text ?? "");
};
const shows = (page: Page, n: number) =>
  page
    .locator(".entry", { hasText: `"n":${n}}` })
    .first()
    .waitFor();

test.each([targets.node, targets.bun, targets.deno])(
  "on $name the feed goes on without a hole after a cut",
  async (target) => {
    await using server = await spawnServer(target);
    await using proxy = await startProxy(server);
    await using visited = await visit(proxy.url);
    const { page, faults } = visited;
    await publish(server, 1, 2);
    await shows(page, 2);
    for (const connection of proxy.connections) connection.toClient.cut();
    await publish(server, 3, 4);
    await shows(page, 4);
    await live(page);
    await publish(server, 5);
    await shows(page, 5);
    const told = await feed(page);
    expect(told.filter((it) => /^\d$/.test(it))).toEqual(["1", "2", "3", "4", "5"]);
    // Where it was away is said, and that nothing is missing.
    expect(told.filter((it) => !/^\d$/.test(it))).toEqual([
      expect.stringMatching(/^The connection was away for .*\. Nothing of event:\* was missed\.$/),
    ]);
    expect(faults).toEqual([]);
  },
);

test("a server that is away is counted down to, and its restart is a break in the feed", async () => {
  const first = await spawnServer(targets.bun);
  await using visited = await visit(first.url);
  const { page, faults } = visited;
  await publish(first, 1);
  await shows(page, 1);
  await first.stop("SIGKILL");
  await page.waitForSelector('#link[data-state="waiting"]');
  await page.waitForFunction(() =>
    /^Reconnecting/.test(document.getElementById("link-text")?.textContent ?? ""),
  );
  await page.waitForFunction(() => /in \d+ s$/.test(document.getElementById("link-text")?.textContent ?? ""));
  await using second = await spawnServer(targets.bun, { env: { PORT: String(first.port) } });
  await publish(second, 7);
  const button = page.locator("#reconnect:not([hidden])");
  if (await button.count()) await button.click().catch(() => {});
  await live(page);
  await page.locator(".entry.break").waitFor();
  await publish(second, 8);
  await shows(page, 8);
  const told = await feed(page);
  expect(told[0]).toBe("1");
  expect(told[1]).toMatch(/Some of event:\* may be missing here\.$/);
  expect(told.at(-1)).toBe("8");
  expect(faults).toEqual([]);
});
