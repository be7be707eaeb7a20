import { describe, expect, test } from "bun:test";
import { type Child, startChild } from "../support/child.ts";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { environment } from "../support/environment.ts";
import { createFarHost, type FarHost } from "../support/far-host.ts";
import { postJson } from "../support/http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, type Target, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

const HEARTBEAT = { interval_ms: 1000, timeout_ms: 1000 };

const goneOf = (server: Server) => [...server.stderr().matchAll(/"disconnected".*"code":(\d+)/g)];

/** A client on the other host that has subscribed to a topic. */
async function watch(host: FarHost, server: Server, user: string, topic: string): Promise<Child> {
  const url = `${server.url.replace("http", "ws")}/ws`;
  const script = [`${ROOT}test/support/watcher.mjs`, url, await token({ sub: user }), topic];
  const child = startChild([...host.command, "node", ...script], {
    cwd: ROOT,
    env: environment({}),
    leavesLogsUnread: false,
  });
  const hasSubscribed = () => child.stdout().includes('"status":"success"');
  await eventually(hasSubscribed, 10_000, () => `its subscription: ${child.stderr()}`);
  return child;
}

describe("clients whose host is gone without a word", () => {
  test.each(Object.values<Target>(targets))(
    "are found by $name, and their places are free again",
    async (target) => {
      using host = createFarHost();
      const config = { heartbeat: HEARTBEAT, limits: { connections_per_user: 1 } };
      const env = { HOST: host.address, LOG_LEVEL: "debug" };
      await using server = await spawnServer(target, { config, env });
      await using near = await connect(server, { token: await token({ sub: "near" }) });
      const before = openDescriptors(server.pid);
      const clients = [await watch(host, server, "idle", "quiet"), await watch(host, server, "busy", "loud")];
      try {
        const publisher = await token({ sub: "publisher" });
        const publish = () => postJson(server, "/publish", { topic: "loud", data: 1 }, { token: publisher });
        // While they are there, they stay.
        await publish();
        await eventually(() => clients[1]?.stdout().includes('"data":1'), 5000, "the publication");
        await new Promise((resolve) =>
          setTimeout(resolve, 2 * (HEARTBEAT.interval_ms + HEARTBEAT.timeout_ms)),
        );
        expect(goneOf(server)).toEqual([]);
        await expect(connect(server, { token: await token({ sub: "idle" }) })).rejects.toThrow("429");

        host.vanish();
        const areGone = async () => {
          await publish();
          return goneOf(server).length === clients.length;
        };
        await eventually(areGone, 15_000, () => `both to be gone: ${server.stderr()}`);
        expect(goneOf(server).map(([, code]) => Number(code))).toEqual([4002, 4002]);
        for (const user of ["idle", "busy"])
          await (await connect(server, { token: await token({ sub: user }) })).close();
        await eventually(() => openDescriptors(server.pid) <= before, 25_000, "their sockets to be dropped");
        expect(await near.request({ action: "ping" })).toMatchObject({ message: "pong" });
      } finally {
        for (const client of clients) client.kill("SIGKILL");
      }
    },
    60_000,
  );
});
