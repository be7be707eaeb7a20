// The client library where the network and the server are at their worst, and on every runtime.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "../../src/client/index.ts";
import type { ClientOptions, ClientState } from "../../src/client/options.ts";
import { startChild } from "../support/child.ts";
import { within } from "../support/deadline.ts";
import { environment } from "../support/environment.ts";
import { follow, stateOf } from "../support/following.ts";
import { postJson } from "../support/http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { withoutUpgrades } from "../support/without-upgrades.ts";

setDefaultTimeout(60_000);

const open = async (url: string, options: ClientOptions = {}) =>
  connect(url, { token: await token(), minDelayMs: 50, ...options });
const publish = async (server: Server, topic: string, data: unknown) => {
  const { status } = await postJson(server, "/publish", { topic, data }, { token: await token() });
  expect(status).toBe(200);
};

describe.each([targets.node, targets.bun, targets.deno])("$name", (target) => {
  test("takes events where WebSockets are blocked, and nothing else where it is told to", async () => {
    await using server = await spawnServer(target);
    await using proxy = await withoutUpgrades(server);
    using hub = await open(proxy.url);
    const one = follow(hub, "event:a");
    await one.subscription.ready;
    expect(hub.state).toMatchObject({ status: "open", transport: "sse" });
    expect(await hub.publish("event:a", 1)).toMatchObject({ offset: 1 });
    expect(await one.have(1)).toEqual(["event:a#1=1"]);
    using stubborn = await open(proxy.url, { transport: "websocket" });
    expect(await stateOf(stubborn, "waiting")).toMatchObject({ code: 1006 });
  });

  test("comes back after a stop when it was told to, and says that something may be missing", async () => {
    const env = { PORT: "0" };
    await using first = await spawnServer(target, {
      env,
      config: { drain: { window_ms: 0, timeout_ms: 2000 } },
    });
    using hub = await open(first.url);
    const states: ClientState[] = [];
    hub.on("state", (state) => void states.push(state));
    const one = follow(hub, "event:a");
    await one.subscription.ready;
    await publish(first, "event:a", 1);
    await one.have(1);
    await first.stop();
    expect(states.find(({ status }) => status === "waiting")).toMatchObject({ code: 1012 });
    await using second = await spawnServer(target, { env: { PORT: String(first.port) } });
    await one.confirmed(2, 20_000);
    expect(one.confirmations.at(-1)).toMatchObject({ recovered: false });
    await publish(second, "event:a", 2);
    // Of another epoch, in which it is the first.
    expect(await one.have(2)).toEqual(["event:a#1=1", "event:a#1=2"]);
  });

  test("gets another token when one ends, and misses nothing meanwhile", async () => {
    const limits = { messages_per_second: 1e6, message_burst: 1e6 };
    const topics = [{ match: "*", history: { size: 10_000, ttl_s: 60 } }];
    await using server = await spawnServer(target, { config: { limits, topics } });
    let asked = 0;
    const short = () => {
      asked++;
      return token({ exp: Math.floor(Date.now() / 1000) + 2 });
    };
    using hub = await open(server.url, { token: short });
    const one = follow(hub, "event:a");
    await one.subscription.ready;
    for (let data = 1; one.confirmations.length < 3; data++) {
      await publish(server, "event:a", data);
      await one.have(data);
    }
    expect(asked).toBeGreaterThan(2);
    expect(one.confirmations.slice(1)).toEqual(
      one.confirmations.slice(1).map(() => ({ topic: "event:a", recovered: true, partial: undefined })),
    );
    expect(one.messages.map(({ offset }) => offset)).toEqual(one.messages.map((_, at) => at + 1));
  });

  test("signs in with its first message", async () => {
    await using server = await spawnServer(target, { env: { AUTH_MODE: "first-message" } });
    using hub = await open(server.url, { auth: "first-message" });
    const one = follow(hub, "event:a");
    await one.subscription.ready;
    await publish(server, "event:a", 1);
    expect(await one.have(1)).toEqual(["event:a#1=1"]);
    using wrong = await open(server.url, {
      auth: "first-message",
      token: await token({}, { secret: "another" }),
    });
    wrong.on("error", () => {});
    expect(await stateOf(wrong, "closed")).toMatchObject({ code: 1008, error: { code: "unauthorized" } });
  });

  test.each(["websocket", "sse"])("runs on it, by %s", async (transport) => {
    await using server = await spawnServer(target);
    const script = `${ROOT}test/system/consumer/client.mjs`;
    const child = startChild([...target.script(script), server.url, await token(), transport], {
      cwd: ROOT,
      env: environment({}),
      leavesLogsUnread: false,
    });
    const { code } = await within(child.exited, 20_000, () => child.stdout() + child.stderr());
    expect({ code, out: child.stdout().trim(), err: child.stderr() }).toEqual({
      code: 0,
      out: '1 {"a":1}\n2 {"a":2}\nclosed',
      err: "",
    });
  });
});
