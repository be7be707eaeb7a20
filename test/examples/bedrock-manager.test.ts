import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EVENT_NAMES } from "../../src/bedrock/events.ts";
import type { Message } from "../support/client.ts";
import { runToExit } from "../support/spawn-server.ts";
import { claims } from "./readme-table.ts";
import { entries, gone, startScene } from "./scene.ts";

setDefaultTimeout(40_000);

describe.each(Object.entries(entries))("the manager on %s", (_, command) => {
  test("each request causes the events that the README says, and all of them together are all there are", async () => {
    await using scene = await startScene(command);
    const alex = await scene.signIn("alex", ["event:*"]);
    const results = new Map<string, unknown>();
    for (const [cause, events] of claims) {
      const [, method, path] = /^([A-Z]+) (\S+)$/.exec(cause) ?? [];
      if (method === undefined || path === undefined) continue;
      const name = path === "/api/servers" ? "skyblock" : "survival";
      const at = path.replace("{name}", name).replace("{id}", String(results.get("id")));
      const { status, json, text } = await alex.ask(method, at, bodyFor(path, results));
      expect([cause, status < 300, text]).toEqual([cause, true, text]);
      if (status === 202) {
        const isDone = ({ topic, data }: Message) =>
          topic === `task:${json.task}` && (data as { status: string }).status === "success";
        const { data } = await alex.client.nextMatching(isDone, 10_000);
        for (const [key, value] of Object.entries((data as { result: object }).result))
          results.set(key, value);
      }
      expect([cause, await alex.newEvents()]).toEqual([cause, new Set(events)]);
    }
    await scene.server.stop();
    const all = scene.events();
    for (const cause of ["the manager starts", "the manager stops"])
      for (const event of claims.get(cause) ?? []) expect(all).toContain(event);
    expect(new Set(all)).toEqual(new Set(EVENT_NAMES));
    expect(new Set([...claims.values()].flatMap((events) => [...events]))).toEqual(new Set(EVENT_NAMES));
  });

  test("SIGTERM stops its servers, closes with 1012 and ends with status 0", async () => {
    await using scene = await startScene(command);
    const alex = await scene.signIn("alex", ["event:*"]);
    await alex.ask("POST", "/api/servers/survival/start");
    const pid = scene.pidOf("survival");
    await alex.ask("POST", "/api/servers/survival/backups");
    expect(await scene.server.stop()).toMatchObject({ code: 0 });
    await gone(pid);
    expect(await alex.client.closed).toMatchObject({ code: 1012 });
    expect(scene.events().slice(-1)).toEqual(["after_web_server_stop"]);
    const log = readFileSync(join(scene.home, "servers/survival/server.log"), "utf8");
    expect(log).toEndWith("Quit correctly\n");
  });

  test("wrong settings end it with status 2 and a line for each", async () => {
    const env = { PORT: "eighty", JWT_SECRET: "hush", BEDROCK_HOME: "" };
    const { code, stderr } = await runToExit({ command }, { env });
    expect([code, stderr.trimEnd().split("\n")]).toEqual([
      2,
      [
        "bedrock-manager: 'PORT' takes a port from 0 to 65535",
        "bedrock-manager: 'JWT_SECRET' takes a key of 32 bytes or more",
        "bedrock-manager: 'BEDROCK_HOME' takes the path of a folder",
      ],
    ]);
  });
});

/** What the README's example of a request has as its body, filled in. */
function bodyFor(path: string, results: ReadonlyMap<string, unknown>): unknown {
  const bodies: Record<string, unknown> = {
    "/api/servers": { name: "skyblock" },
    "/api/servers/{name}/autostart": { autostart: true },
    "/api/servers/{name}/addons": { addon: "taller-trees.mcpack" },
    "/api/servers/{name}/commands": { command: "list" },
    "/api/servers/{name}/allowlist": { players: ["Alex"] },
    "/api/servers/{name}/backups": { keep: 3 },
    "/api/servers/{name}/world/import": { export: results.get("export") },
    "/api/players": { players: [{ name: "Alex", xuid: "2535400000000001" }] },
  };
  return bodies[path];
}
