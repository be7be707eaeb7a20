import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../../support/browser.ts";
import { connect } from "../../support/client.ts";
import { scratchFolder } from "../../support/guard.ts";
import { postJson } from "../../support/http.ts";
import { type Server, spawnServer } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";
import { type Claims, token } from "../../support/token.ts";

setDefaultTimeout(60_000);

const log = join(scratchFolder(), "survival.log");
const servers = [{ name: "survival", pid: process.pid, log_file: log }];
let browser: TestBrowser;
let server: Server;

beforeAll(async () => {
  writeFileSync(log, "");
  [browser, server] = await Promise.all([
    startBrowser(),
    spawnServer(targets.bun, { config: { servers, monitor: { interval_ms: 200 } } }),
  ]);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const admin: Claims = { admin: true };
const publish = async (body: object) => {
  const answer = await postJson(server, "/publish", body, { token: await token({ sub: "publisher" }) });
  expect(answer.status).toBe(200);
};
const open = async (claims: Claims = {}, view = "overview") => {
  const visit = await browser.visit(`${server.url}/#token=${await token(claims)}`);
  await live(visit.page);
  if (view !== "overview") await visit.page.click(`#nav a[href="#${view}"]`);
  return visit;
};
const live = (page: Page) => page.waitForSelector('#link[data-state="open"]');
const stored = (page: Page) =>
  page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));

describe("signing in", () => {
  test("takes the token out of the address, outlives a reload, and ends", async () => {
    await using visit = await open({ sub: "zoë" });
    const { page, faults } = visit;
    expect(page.url()).toBe(`${server.url}/`);
    expect(await page.textContent("#initial")).toBe("z");
    await page.reload();
    await live(page);
    expect(await stored(page)).toContain("eyJ");
    await page.click("#account summary");
    await page.click("#sign-out");
    await page.waitForSelector("#gate:not([hidden])");
    expect(await stored(page)).not.toContain("eyJ");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("token");
    await page.reload();
    await page.waitForSelector("#gate:not([hidden])");
    expect(faults).toEqual([]);
  });

  test("says what is wrong with a token, in the page's words or the server's", async () => {
    await using visit = await browser.visit(server.url);
    const { page, faults } = visit;
    const tell = async (text: string) => {
      await page.fill("#token", text);
      await page.press("#token", "Enter");
      await page.waitForFunction(() => document.getElementById("token-fault")?.textContent !== "");
      return page.textContent("#token-fault");
    };
    expect(await tell("no token")).toContain("That is no JSON Web Token");
    expect(await tell(await token({ exp: 5 }))).toMatch(/^This token ended .* ago\.$/);
    expect(await tell(await token({}, { secret: "another secret, which is 40 bytes long.." }))).toBe(
      "The server does not accept this token.",
    );
    expect(await stored(page)).not.toContain("eyJ");
    await page.fill("#token", await token());
    await page.press("#token", "Enter");
    await live(page);
    expect(faults).toEqual([]);
  });

  for (const mode of ["first-message", "either"])
    test(`works where the server's mode is ${mode}`, async () => {
      await using other = await spawnServer(targets.bun, { env: { AUTH_MODE: mode } });
      await using visit = await browser.visit(`${other.url}/#token=${await token()}`);
      await live(visit.page);
      expect(visit.faults).toEqual([]);
    });
});

describe("what comes", () => {
  test("an event that is published over HTTP is shown, and opens", async () => {
    await using visit = await open({}, "events");
    const { page, faults } = visit;
    await publish({ topic: "event:after_backup", data: { server_name: "survival", files: [1, 2] } });
    const row = page.locator(".entry", { hasText: "event:after_backup" }).first();
    await row.waitFor();
    expect(await row.locator("time").textContent()).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
    expect(await row.locator(".tag").textContent()).toBe("event");
    expect(await row.locator(".compact").textContent()).toBe('{"server_name":"survival","files":[1,2]}');
    await row.locator("summary").press("Enter");
    expect(await row.locator("pre").textContent()).toContain('"server_name": "survival"');
    expect(faults).toEqual([]);
  });

  test("a sample of the server itself is drawn", async () => {
    await using visit = await open();
    const { page, faults } = visit;
    const card = page.locator(".card", { hasText: "topichub" });
    await card.locator(".card-facts", { hasText: `pid ${server.pid}` }).waitFor();
    expect(await card.locator(".memory .metric-value").textContent()).toMatch(/^\d+(\.\d+)? MiB$/);
    expect(await card.locator(".chart").first().getAttribute("aria-label")).toMatch(
      /^CPU of topichub over time: /,
    );
    const isDrawn = (canvas: HTMLCanvasElement) => {
      const context = canvas.getContext("2d");
      const pixels = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return new Set(pixels).size > 4;
    };
    expect(await card.locator(".memory canvas").evaluate(isDrawn)).toBe(true);
    await page.locator("#topics-table tr", { hasText: "resource-monitor:topichub" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("the lines of a real log are shown, and those that are kept before them", async () => {
    await using first = await connect(server, { token: await token() });
    await first.request({ action: "subscribe", topic: "server_log:survival" });
    appendFileSync(log, "[INFO] before the page\n");
    await first.nextMatching(({ type }) => type === "log_update");
    await using visit = await open({}, "logs");
    const { page, faults } = visit;
    appendFileSync(log, "[ERROR] while it is open\n");
    await page.locator('.line[data-level="error"]', { hasText: "while it is open" }).waitFor();
    await page.locator(".line", { hasText: "before the page" }).waitFor();
    expect(await page.locator("#logs-lines .line").count()).toBe(2);
    expect(faults).toEqual([]);
  });

  test("a task's progress comes to who started it", async () => {
    await using visit = await open({ sub: "taskmaster" }, "tasks");
    const { page, faults } = visit;
    const tell = async (data: object) =>
      postJson(
        server,
        "/users/taskmaster/messages",
        { topic: "task:1", type: "task_update", data },
        { token: await token(admin) },
      );
    await tell({ status: "in_progress", message: "Copied 2 of 8 files", username: "taskmaster" });
    await page.locator(".task progress").waitFor();
    expect(await page.locator(".task progress").evaluate((bar: HTMLProgressElement) => bar.value)).toBe(0.25);
    await tell({ status: "success", message: "Done", result: { files: 8 }, username: "taskmaster" });
    await page.locator('.task[data-state="success"]', { hasText: "Done" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("what is published is shown as text, whatever it holds", async () => {
    await using visit = await open(admin);
    const { page, faults } = visit;
    const hostile = "<img/src=x/onerror=document.title='broken'>";
    const data = { [hostile]: hostile, text: "</script><script>document.title='broken'</script>" };
    await publish({ topic: hostile, data, type: hostile });
    await publish({ topic: `resource-monitor:${hostile}`, data: { process_info: null, message: hostile } });
    await publish({ topic: `server_log:${hostile}`, data: `${hostile}\n` });
    await page.locator(".card", { hasText: hostile }).waitFor();
    await page.locator("#topics-table button", { hasText: hostile }).first().click();
    await page.locator("#details[open]").waitFor();
    await page.click("#details .close");
    const row = page.locator(".entry", { hasText: hostile }).first();
    await row.locator("summary").click();
    expect(await row.locator("pre").textContent()).toContain(hostile);
    await page.click('#nav a[href="#logs"]');
    await page.selectOption("#logs-source", `server_log:${hostile}`);
    await page.locator(".line", { hasText: hostile }).waitFor();
    expect(await page.evaluate(() => document.querySelectorAll("img").length)).toBe(0);
    expect(await page.title()).not.toBe("broken");
    expect(faults).toEqual([]);
  });

  test("paused, it counts what waits; a filter chooses; thousands leave it short and awake", async () => {
    await using visit = await open({}, "events");
    const { page, faults } = visit;
    await page.click("#feed-pause");
    const messages = Array.from({ length: 700 }, (_, index) => ({
      topic: `flood:${index % 7}`,
      data: { index },
    }));
    await publish({ messages });
    await page.locator("#feed-waiting", { hasText: "700 events waiting" }).waitFor();
    expect(await page.locator(".entry").count()).toBe(0);
    await page.click("#feed-waiting");
    await page
      .locator(".entry.remark", { hasText: "200 more messages went by" })
      .waitFor({ state: "attached" });
    await page.fill("#feed-filter", "flood:3 -699");
    await page.waitForFunction(() => document.querySelectorAll(".entry").length < 100);
    expect(new Set(await page.locator(".entry .topic").allTextContents())).toEqual(new Set(["flood:3"]));
    await page.fill("#feed-filter", "");
    for (let batch = 0; batch < 10; batch++) await publish({ messages });
    await page.waitForFunction(() =>
      document.getElementById("feed-list")?.textContent?.includes('"index":699'),
    );
    expect(await page.locator(".entry").count()).toBeLessThanOrEqual(501);
    expect(faults).toEqual([]);
  });

  test("other topics are followed when asked for, and a refusal is shown", async () => {
    await using visit = await open({ topics: { subscribe: ["event:*"], publish: [] } }, "events");
    const { page, faults } = visit;
    expect(await page.inputValue("#selection")).toBe("event:*");
    expect(await page.isVisible("#open-publish")).toBe(false);
    await page.fill("#selection", "event:a order:1");
    await page.press("#selection", "Enter");
    await page.locator("#follow-fault", { hasText: "order:1" }).waitFor();
    await publish({ topic: "event:b", data: 1 });
    await publish({ topic: "event:a", data: 2 });
    await page.locator(".entry", { hasText: "event:a" }).waitFor();
    expect(await page.locator(".entry", { hasText: "event:b" }).count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe("what one may do", () => {
  test("publish, with the server's word where it is not allowed", async () => {
    await using visit = await open({ topics: { subscribe: ["*"], publish: ["event:*"] } }, "events");
    const { page, faults } = visit;
    await page.click("#open-publish");
    const send = async (topic: string, data: string) => {
      await page.fill("#publish-topic", topic);
      await page.fill("#publish-data", data);
      await page.click("#publish-send");
    };
    await send("event:mine", "{ no JSON");
    await page.locator("#publish-fault", { hasText: "The data is no JSON" }).waitFor();
    await send("order:1", "{}");
    await page.locator("#publish-fault", { hasText: "order:1" }).waitFor();
    await send("event:mine", '{"n":1}');
    await page.locator("#publish-done", { hasText: "Published to event:mine" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("open-publish");
    await page.locator(".entry", { hasText: "event:mine" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("as an administrator see who is on what, send directly, and disconnect", async () => {
    await using other = await connect(server, { token: await token({ sub: "guest" }) });
    await other.request({ action: "subscribe", topic: "order:7" });
    await using visit = await open(admin, "connections");
    const { page, faults } = visit;
    const row = page.locator("#people-table tr", { hasText: "guest" });
    await row.locator(".chip", { hasText: "order:7" }).waitFor();
    await row.getByText("Send…").click();
    await page.fill("#publish-data", '"hello"');
    await page.click("#publish-send");
    await page.locator("#publish-done", { hasText: "Sent to 1 connection." }).waitFor();
    expect(await other.nextMatching(({ direct }) => direct === true)).toMatchObject({ data: "hello" });
    await page.locator("#publish button.close").last().click();
    await row.getByText("Disconnect…").click();
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Cancel");
    await page.click("#confirm-yes");
    expect((await other.closed).code).toBe(4501);
    await row.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  });

  test("nobody else is shown connections, and the page says nothing of it", async () => {
    await using visit = await open();
    const { page, faults } = visit;
    await page.locator("#topics-table tbody tr").first().waitFor();
    expect(await page.isVisible("#tab-people")).toBe(false);
    expect(await page.locator("th.admin-only").isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });
});
