// `GET /client.js` in a page of another origin, without a bundler: with WebSockets, and where they are blocked.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startBrowser, type TestBrowser } from "../../support/browser.ts";
import { postJson } from "../../support/http.ts";
import { startProxy } from "../../support/proxy.ts";
import { spawnServer } from "../../support/spawn-server.ts";
import { targets } from "../../support/targets.ts";
import { token } from "../../support/token.ts";
import { withoutUpgrades } from "../../support/without-upgrades.ts";

setDefaultTimeout(60_000);

const PAGE = `<!doctype html><title>a page</title><pre id="said"></pre>
<script type="module">
  const [at, token] = location.hash.slice(1).split("&").map(decodeURIComponent);
  const { connect } = await import(at + "/client.js");
  const say = (text) => document.getElementById("said").append(text + "\\n");
  const hub = connect(at, { token, minDelayMs: 1e6, maxDelayMs: 1e6 });
  hub.on("state", ({ status, transport }) => say(status === "open" ? "open by " + transport : status));
  await hub.subscribe("event:*", ({ topic, data }) => say(topic + " " + JSON.stringify(data))).ready;
  const { offset } = await hub.publish("event:here", { from: "the page" });
  say("published " + offset);
</script>`;

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());

/** Serves the page from an origin of its own. */
async function serveSite() {
  const site = createServer((_, to) => void to.setHeader("Content-Type", "text/html").end(PAGE));
  await new Promise<void>((resolve) => void site.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections();
      site.close();
    },
  };
}

for (const target of [targets.node, targets.bun, targets.deno])
  for (const transport of ["websocket", "sse"] as const)
    test(`on ${target.name} it follows and publishes by ${transport}`, async () => {
      await using site = await serveSite();
      await using server = await spawnServer(target, { env: { ALLOWED_ORIGINS: site.origin } });
      await using blocked = await withoutUpgrades(server);
      const at = transport === "sse" ? blocked.url : server.url;
      const page = await browser.newPage();
      await page.goto(`${site.origin}/#${encodeURIComponent(at)}&${encodeURIComponent(await token())}`);
      const said = (text: string) => page.locator("#said", { hasText: text }).waitFor({ timeout: 15_000 });
      await said("published 1");
      const body = { topic: "event:there", data: { from: "elsewhere" } };
      expect((await postJson(server, "/publish", body, { token: await token() })).status).toBe(200);
      await said("elsewhere");
      const lines = (await page.textContent("#said"))
        ?.trim()
        .split("\n")
        .filter((line) => line !== "connecting")
        .sort();
      expect(lines).toEqual([
        'event:here {"from":"the page"}',
        'event:there {"from":"elsewhere"}',
        `open by ${transport}`,
        "published 1",
      ]);
      await page.close();
    });

test.each([
  ["the network is back", () => window.dispatchEvent(new Event("online"))],
  ["the tab is seen again", () => document.dispatchEvent(new Event("visibilitychange"))],
] as const)("it connects at once when %s", async (_, happens) => {
  await using site = await serveSite();
  await using server = await spawnServer(targets.bun, { env: { ALLOWED_ORIGINS: site.origin } });
  await using proxy = await startProxy(server);
  const page = await browser.newPage();
  await page.goto(`${site.origin}/#${encodeURIComponent(proxy.url)}&${encodeURIComponent(await token())}`);
  const said = (text: string) => page.locator("#said", { hasText: text }).waitFor({ timeout: 15_000 });
  await said("published 1");
  for (const connection of proxy.connections) connection.toClient.cut();
  const body = { topic: "event:there", data: { from: "elsewhere" } };
  expect((await postJson(server, "/publish", body, { token: await token() })).status).toBe(200);
  // By itself it would come back in some minutes.
  await said("waiting");
  await page.evaluate(happens);
  await said("elsewhere");
  await page.close();
});
