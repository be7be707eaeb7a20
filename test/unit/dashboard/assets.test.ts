import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { assets } from "../../../scripts/assets.ts";
import { CLIENT, CLIENT_SSE } from "../../../src/client/client.built.ts";
import { SCRIPT } from "../../../src/dashboard/page.built.ts";
import { clientRoute } from "../../../src/routes/client-module.ts";
import { pageRoute } from "../../../src/routes/page.ts";
import { scratchFolder } from "../../support/guard.ts";
import { ROOT } from "../../support/targets.ts";

/** What the page may take as it is sent, uncompressed. */
const PAGE_BYTES = 150_000;
/** What the client may take, compressed with gzip. */
const CLIENT_BYTES = 5000;

const app = new Hono()
  .get("/", pageRoute({ mode: "either", claim: '"><b>', hasClient: true }))
  .get("/client.js", clientRoute("CLIENT"))
  .get("/client-sse.js", clientRoute("CLIENT_SSE"));

test("what is committed is what `npm run assets` makes of the sources", async () => {
  for (const [path, text] of Object.entries(await assets()))
    expect([path, readFileSync(ROOT + path, "utf8") === text]).toEqual([path, true]);
}, 30_000);

describe("the page", () => {
  test("keeps its budget", async () => {
    const page = await (await app.request("/")).arrayBuffer();
    expect(page.byteLength).toBeLessThan(PAGE_BYTES);
  });

  test("has the notice of what is bundled into it", () => {
    expect(SCRIPT).toContain("uplot 1.");
    expect(SCRIPT).toContain("Permission is hereby granted, free of charge");
  });

  test("tells its script of the server, as text", async () => {
    const page = await (await app.request("/")).text();
    expect(page).toContain('<meta name="topichub-auth" content="either">');
    expect(page).toContain('<meta name="topichub-claim" content="&quot;>&lt;b>">');
    expect(page).toContain('<meta name="topichub-client" content="yes">');
  });

  test("allows its own script and style, and nothing else", async () => {
    const { headers } = await app.request("/");
    const policy = headers.get("content-security-policy") ?? "";
    const rules = Object.fromEntries(
      policy.split("; ").map((rule) => [rule.split(" ", 1)[0], rule.slice(rule.indexOf(" ") + 1)]),
    );
    const hash = expect.stringMatching(/^'sha256-[\w+/]{43}='$/);
    expect(rules).toEqual({
      ...{ "default-src": "'none'", "style-src": hash, "script-src": hash, "connect-src": "'self'" },
      ...{ "img-src": "data:", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'" },
    });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });
});

describe("the client", () => {
  test("keeps its budget", () => {
    expect(Bun.gzipSync(CLIENT, { level: 9 }).byteLength).toBeLessThanOrEqual(CLIENT_BYTES);
  });

  test("is a module for any page", async () => {
    const answer = await app.request("/client.js");
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const folder = scratchFolder();
    const named = { "client.mjs": await answer.text(), "client-sse.js": CLIENT_SSE };
    for (const [name, text] of Object.entries(named)) writeFileSync(join(folder, name), text);
    const { connect } = await import(join(folder, "client.mjs"));
    // What it loads where WebSockets are blocked is found beside it.
    const asked = Promise.withResolvers<string>();
    const fetch = (url: string) => {
      asked.resolve(url);
      return new Promise(() => {});
    };
    using _ = connect("http://test/live", { transport: "sse", fetch });
    expect(await asked.promise).toBe("http://test/live/sse?");
  });
});

test("who has either is told that it is still right", async () => {
  for (const path of ["/", "/client.js", "/client-sse.js"]) {
    const { headers } = await app.request(path);
    const tag = headers.get("etag") ?? "";
    expect([headers.get("cache-control"), tag]).toEqual([
      "no-cache",
      expect.stringMatching(/^"[\w+/]{43}="$/),
    ]);
    const ask = (value: string) => app.request(path, { headers: { "If-None-Match": value } });
    for (const value of [tag, `W/${tag}`, `"other", ${tag}`]) expect((await ask(value)).status).toBe(304);
    expect((await ask('"other"')).status).toBe(200);
  }
});
