import { expect, test } from "bun:test";
import { findHost } from "../../../src/cli/host.ts";
import { createHub, startProgram } from "../../../src/cli/program.ts";
import { loadSettings } from "../../../src/cli/settings.ts";
import { parseConfig } from "../../../src/routes/config.ts";
import { VERSION } from "../../../src/version.ts";
import { connect } from "../../support/client.ts";
import { getJson, postJson } from "../../support/http.ts";
import { TEST_SECRET, token } from "../../support/token.ts";

const start = async (hub = createHub(() => {}, parseConfig({}))) => {
  const host = await findHost();
  const settings = loadSettings({ PORT: "0" });
  const program = await startProgram({ hub, settings, secret: TEST_SECRET, host });
  return { hub, program, url: `http://127.0.0.1:${program.listener.port}` };
};

test("it tells of its own start and stop", async () => {
  const hub = createHub(() => {}, parseConfig({}));
  const heard: unknown[] = [];
  hub.listen("event:*", ({ topic, type, data }) => heard.push([topic, type, data]));
  const { program } = await start(hub);
  await program.stop();
  const data = { runtime: "bun", version: VERSION };
  const names = [
    "before_web_server_start",
    "after_web_server_start",
    "before_web_server_stop",
    "after_web_server_stop",
  ];
  expect(heard).toEqual(names.map((name) => [`event:${name}`, "event", data]));
});

test("while it drains nothing new is taken, and what is connected stays", async () => {
  const { hub, program, url } = await start();
  await using client = await connect(url, { token: await token() });
  await client.request({ action: "subscribe", topic: "x" });
  hub.drain();
  const ready = await getJson(url, "/readyz");
  expect([ready.status, ready.json]).toMatchObject([
    503,
    { status: "error", code: "draining", runtime: "bun" },
  ]);
  expect((await getJson(url, "/healthz")).status).toBe(200);
  const refused = await connect(url, { token: await token() }).catch((error) => error);
  expect([refused.status, refused.json, refused.headers.get("retry-after")]).toMatchObject([
    503,
    { code: "draining" },
    "5",
  ]);
  const post = await postJson(url, "/publish", { topic: "x", data: 1 }, { token: await token() });
  expect([post.status, post.json]).toMatchObject([503, { code: "draining", outcome: "none" }]);
  expect(await client.request({ action: "publish", topic: "x", data: 1 })).toMatchObject({
    code: "unavailable",
  });
  await hub.publish("x", "from inside");
  expect(await client.next()).toMatchObject({ data: "from inside" });
  await program.stop();
  expect((await client.closed).code).toBe(1012);
});
