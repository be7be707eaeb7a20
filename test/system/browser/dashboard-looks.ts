import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../../support/browser.ts";
import { postJson } from "../../support/http.ts";
import { type Server, spawnServer } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";
import { token } from "../../support/token.ts";

// The rules are many, and a machine that is busy takes its time over them.
setDefaultTimeout(150_000);

const VIEWS = ["overview", "events", "logs", "tasks", "connections"];
const PHONE = { viewport: { width: 375, height: 812 } };
const topics = Array.from(
  { length: 20 },
  (_, index) => `event:a_rather_long_name_of_an_event_number_${index}`,
);
let browser: TestBrowser;
let server: Server;

beforeAll(async () => {
  [browser, server] = await Promise.all([
    startBrowser(),
    spawnServer(targets.bun, { config: { monitor: { interval_ms: 200 } } }),
  ]);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Opens the page as an administrator, with something in every view. */
async function open(options: Parameters<TestBrowser["visit"]>[1]) {
  const mine = await token({ admin: true });
  const visit = await browser.visit(`${server.url}/#token=${mine}`, options);
  await visit.page.waitForSelector('#link[data-state="open"]');
  const messages = topics.map((topic) => ({
    topic,
    data: { text: "word ".repeat(40), long: "x".repeat(200) },
  }));
  const lines = `[ERROR] ${"x".repeat(300)}\n[WARN] short\n[INFO] fine\n`;
  await postJson(
    server,
    "/publish",
    { messages: [...messages, { topic: "app_log", data: lines }] },
    { token: mine },
  );
  const data = { status: "in_progress", message: "2 of 5", username: "alex" };
  await postJson(
    server,
    "/users/alex/messages",
    { topic: "task:1", type: "task_update", data },
    { token: mine },
  );
  await visit.page.locator(".card", { hasText: "topichub" }).waitFor();
  await visit.page.locator(".entry").first().waitFor();
  return visit;
}

async function faultsOf(page: Page): Promise<string[]> {
  // Through the debugger, where the content security policy does not count.
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => Reflect.get(window, "axe").run(document));
  // Or else it looked at nothing.
  expect(passes.length).toBeGreaterThan(15);
  return violations.map(
    ({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
  );
}

describe("nothing is in the way of anybody", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`signed out, ${colorScheme}`, async () => {
      await using visit = await browser.visit(server.url, { colorScheme });
      for (const summary of await visit.page.locator(".teach summary").all()) await summary.click();
      expect(await faultsOf(visit.page)).toEqual([]);
    });

    test(`signed in, ${colorScheme}`, async () => {
      await using visit = await open({ colorScheme, reducedMotion: "reduce" });
      const { page } = visit;
      for (const view of VIEWS) {
        await page.click(`#nav a[href="#${view}"]`);
        expect([view, await faultsOf(page)]).toEqual([view, []]);
      }
      await page.click("#open-publish");
      expect(await faultsOf(page)).toEqual([]);
    });
  }
});

test("on a phone nothing goes beyond the edge", async () => {
  await using visit = await open({ ...PHONE });
  const { page, faults } = visit;
  const beyond = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const view of VIEWS) {
    await page.click(`#nav a[href="#${view}"]`);
    expect([view, await beyond()]).toEqual([view, 0]);
  }
  await page.click("#account summary");
  expect(await beyond()).toBe(0);
  await page.click("#sign-out");
  await page.waitForSelector("#gate:not([hidden])");
  for (const summary of await page.locator(".teach summary").all()) await summary.click();
  expect(await beyond()).toBe(0);
  expect(faults).toEqual([]);
});

test("it is dark where the system is, and as one chooses, also after a reload", async () => {
  await using visit = await open({ colorScheme: "dark" });
  const { page } = visit;
  const brightness = () =>
    page.evaluate(() => {
      const [red = 0, green = 0, blue = 0] =
        getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? [];
      return (Number(red) + Number(green) + Number(blue)) / 3;
    });
  expect(await brightness()).toBeLessThan(40);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await brightness()).toBeGreaterThan(220);
  const theme = page.locator("#theme");
  await theme.click();
  await theme.click();
  expect(await theme.getAttribute("aria-label")).toBe("Theme: dark");
  expect(await brightness()).toBeLessThan(40);
  await page.reload();
  await page.waitForSelector('#link[data-state="open"]');
  expect(await brightness()).toBeLessThan(40);
});

test("it is used with the keyboard alone: the way in, the views, a dialog and back", async () => {
  await using visit = await browser.visit(server.url);
  const { page } = visit;
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("token");
  await page.keyboard.insertText(await token());
  await page.keyboard.press("Enter");
  await page.waitForSelector('#link[data-state="open"]');
  await page.locator('#nav a[href="#events"]').focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector('#main[data-view="events"]');
  expect(await page.getAttribute('#nav a[href="#events"]', "aria-current")).toBe("page");
  await page.locator("#open-publish").focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("publish-topic");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("open-publish");
});
