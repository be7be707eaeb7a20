import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/deadline.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { targets } from "../support/targets.ts";
import { DATA, openStopped, PUBLICATIONS, publishMuch, UNSENT_LIMITS } from "../support/unsent.ts";

setDefaultTimeout(60_000);

// The kernels say that something was taken a megabyte or two at a time.
const heartbeat = { interval_ms: 1500, timeout_ms: 1500 };

describe("a reader who is slow, and never gets to the pings, is alive", () => {
  for (const target of Object.values(targets).filter(({ capabilities }) => capabilities.measuresWrites))
    test(target.name, async () => {
      const config = { limits: UNSENT_LIMITS, heartbeat };
      await using server = await spawnServer(target, { config, env: { LOG_LEVEL: "debug" } });
      await using client = await openStopped(server);
      const published = publishMuch(server);
      const before = Date.now();
      // Past the moment at which it would be given up, and so slowly that until then one large write is under way.
      while (Date.now() - before < 1.8 * (heartbeat.interval_ms + heartbeat.timeout_ms)) {
        const had = client.unread.length;
        client.socket.resume();
        const hasMore = () => client.unread.length > had || had === PUBLICATIONS;
        await eventually(hasMore, 10_000, "the next publication");
        client.socket.pause();
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      await published;
      expect(client.unread.every(({ data }) => data === DATA)).toBe(true);
      expect(server.stderr()).not.toContain('"disconnected"');
    });
});
