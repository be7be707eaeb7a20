import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { Hono } from "hono";
import { parseConfig } from "../../src/routes/config.ts";
import { type Env, rateLimit } from "../../src/routes/entry.ts";
import { newHub } from "../unit/hub/setup.ts";

const USERS = 100_000;
const LONG = "u".repeat(200);

/** The rates of users over HTTP, which are the same code on every runtime. */
export function rates(): void {
  test("a hundred thousand users who come within a minute are forgotten again", async () => {
    const { hub, clock } = newHub();
    const { limits } = parseConfig({});
    const app = new Hono<Env>();
    let user = "";
    app.use(async (c, next) => {
      c.set("principal", { user, isAdmin: false, claims: {} });
      await next();
    });
    app.get("/", rateLimit({ hub }, limits), (c) => c.text("in"));
    const strings = () => {
      Bun.gc(true);
      return heapStats().objectTypeCounts.string ?? 0;
    };
    const before = strings();
    for (let at = 0; at < USERS; at++) {
      // Not joined, which would keep the parts.
      user = Buffer.from(`${at} ${LONG}`).toString("latin1");
      if (at % 100 === 0) clock.advance(60);
      expect((await app.request("/")).status).toBe(200);
    }
    expect(strings() - before).toBeLessThan(USERS / 4);
  }, 60_000);
}
