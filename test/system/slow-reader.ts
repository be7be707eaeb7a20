import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnServer } from "../support/spawn-server.ts";
import { targets } from "../support/targets.ts";
import { openStopped, publishMuch, UNSENT_LIMITS } from "../support/unsent.ts";

setDefaultTimeout(60_000);

// The kernels say that something was taken a megabyte or two at a time.
const heartbeat = { interval_ms: 2500, timeout_ms: 2500 };
const STEP_BYTES = 2 ** 19;
const STEP_MS = 500;
// At that pace one of them alone takes longer than a silence may last.
const MUCH = { publications: 5, bytes: 2 ** 23 };

describe("a reader who is slow, and never gets to the pings, is alive", () => {
  for (const target of Object.values(targets).filter(({ capabilities }) => capabilities.measuresWrites))
    test(target.name, async () => {
      const config = { limits: UNSENT_LIMITS, heartbeat };
      await using server = await spawnServer(target, { config, env: { LOG_LEVEL: "debug" } });
      await using client = await openStopped(server);
      const published = publishMuch(server, MUCH);
      const before = Date.now();
      // Past the moment at which it would be given up.
      while (Date.now() - before < 1.8 * (heartbeat.interval_ms + heartbeat.timeout_ms)) {
        await client.socket.readSome(STEP_BYTES, 10_000);
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
      await published;
      expect(client.unread.length).toBeLessThan(MUCH.publications);
      expect(server.stderr()).not.toContain('"disconnected"');
    });
});
