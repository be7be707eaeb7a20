import { describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { getJson } from "../support/http.ts";
import { spawnServer } from "../support/spawn-server.ts";
import { ROOT } from "../support/targets.ts";
import { token } from "../support/token.ts";

// The commands of the README, as a user starts them; a signal goes to what the user started.
const starts: Record<string, string[]> = {
  "npm start": ["npm", "start"],
  "bun run start:bun": [`${ROOT}node_modules/.bin/bun`, "run", "start:bun"],
  "deno task start": [`${ROOT}node_modules/deno/deno`, "task", "start"],
};

describe("what the README says to run", () => {
  for (const [name, command] of Object.entries(starts))
    test(`${name} serves, and SIGTERM to it stops the server`, async () => {
      await using server = await spawnServer({ command }, { ms: 30_000 });
      await using client = await connect(server, { token: await token() });
      await client.request({ action: "subscribe", topic: "resource-monitor:topichub" });
      expect((await client.next(5000)).data).toMatchObject({ process_info: { pid: expect.any(Number) } });
      const { code } = await server.stop();
      expect(code).toBe(0);
      expect((await client.closed).code).toBe(1012);
      await expect(getJson(server, "/healthz")).rejects.toThrow();
    }, 60_000);
});
