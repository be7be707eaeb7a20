import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claims } from "../examples/readme-table.ts";
import { entries, gone, type Scene, startScene, type User } from "../examples/scene.ts";
import type { Message } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { runToExit } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";

setDefaultTimeout(40_000);

const FOLLOWED = ["event:*", "server_log:*", "resource-monitor:survival"];
const isLog = (server: string, part: string) => (message: Message) =>
  message.topic === `server_log:${server}` && String(message.data).includes(part);
const isEvent = (name: string) => (message: Message) => message.topic === `event:${name}`;

describe.each(Object.entries(entries))("the manager on %s", (runtime, command) => {
  describe("at work", () => {
    let scene: Scene;
    let alex: User;
    let kim: User;
    beforeAll(async () => {
      scene = await startScene(command);
      alex = await scene.signIn("alex", FOLLOWED);
      kim = await scene.signIn("kim", ["event:*"]);
    });
    afterAll(() => scene?.[Symbol.asyncDispose]());

    test("it says where it listens, and where it keeps things", () => {
      const { server, home } = scene;
      expect(server.stdout()).toBe(`bedrock-manager listening on ${server.url} (${runtime})\n`);
      expect(server.stderr()).toContain(home);
    });

    test("a server that starts is sampled, and its log is followed", async () => {
      expect((await alex.ask("POST", "/api/servers/survival/start")).json).toMatchObject({
        status: "success",
        server: { name: "survival", status: "running" },
      });
      await alex.client.nextMatching(isLog("survival", "Server started."), 5000);
      const pid = scene.pidOf("survival");
      const isSample = ({ type, data }: Message) =>
        type === "resource_update" && (data as { process_info: object | null }).process_info !== null;
      expect((await alex.client.nextMatching(isSample, 8000)).data).toMatchObject({
        process_info: { pid, memory_mb: expect.any(Number) },
      });
    });

    test("a command reaches its standard input", async () => {
      await alex.ask("POST", "/api/servers/survival/commands", { command: "say tea is ready" });
      const { data } = await alex.client.nextMatching(isEvent("before_command_send"));
      expect(data).toMatchObject({ server_name: "survival", command: "say tea is ready" });
      await alex.client.nextMatching(isLog("survival", "[Server] tea is ready"), 5000);
    });

    test("a backup is told to who asked for it, and its events to everybody", async () => {
      const result = await alex.askTask("POST", "/api/servers/survival/backups");
      expect((await alex.ask("GET", "/api/servers/survival/backups")).json.backups).toEqual([
        { id: result.id, made_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) },
      ]);
      await kim.client.request({ action: "ping" });
      expect(kim.client.received.some(isEvent("after_backup"))).toBe(true);
      const ofTasks = (user: User) => user.client.received.filter(({ type }) => type === "task_update");
      expect(ofTasks(alex).length).toBeGreaterThan(2);
      expect(ofTasks(alex)[0]).toMatchObject({ direct: true, data: { username: "alex" } });
      expect(ofTasks(kim)).toEqual([]);
      expect((await alex.ask("GET", "/api/tasks")).json.tasks).toHaveLength(1);
      expect((await kim.ask("GET", "/api/tasks")).json.tasks).toEqual([]);
      expect(await kim.client.request({ action: "subscribe", topic: "task:*" })).toMatchObject({
        code: "forbidden",
      });
    });

    test("while work is done to a server, other work has to wait", async () => {
      const server = "/api/servers/creative";
      const starts = await Promise.all([1, 2, 3].map(() => alex.ask("POST", `${server}/start`)));
      expect(starts.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
      const [restart, ...others] = await Promise.all([
        alex.ask("POST", `${server}/restart`),
        ...["stop", "backups", "world/export"].map((what) => kim.ask("POST", `${server}/${what}`)),
      ]);
      const answers = [restart, ...others].map((answer) => answer?.status);
      expect(answers.filter((status) => status === 409)).toHaveLength(3);
      expect(others.map(({ json }) => String(json.message)).join()).toContain("is busy with its");
      // Whichever of the four was first, the stop or a task that goes on, is over then, and the server runs.
      const did = async (what: string) => (await alex.ask("POST", `${server}/${what}`)).status === 200;
      await eventually(async () => (await did("restart")) || did("start"), 10_000, "creative to run");
    });

    test("a process that was killed is told as gone, and can be started again", async () => {
      await kim.newEvents();
      process.kill(scene.pidOf("creative"), "SIGKILL");
      const died = ({ topic, data }: Message) =>
        topic === "event:after_server_stop" && (data as { signal?: string }).signal === "SIGKILL";
      expect((await kim.client.nextMatching(died, 5000)).data).toMatchObject({ server_name: "creative" });
      const cause = claims.get("a server's process ends by itself");
      expect(await kim.newEvents()).toEqual(new Set(cause));
      expect(existsSync(join(scene.home, "servers/creative/bedrock_server.pid"))).toBe(false);
      expect((await alex.ask("POST", "/api/servers/creative/start")).status).toBe(200);
      expect((await alex.ask("POST", "/api/servers/creative/stop")).status).toBe(200);
    });

    test("a server that cannot start says so, and can once what kept it is mended", async () => {
      const properties = join(scene.home, "servers/creative/server.properties");
      const text = readFileSync(properties, "utf8");
      rmSync(properties);
      const failed = await alex.ask("POST", "/api/servers/creative/start");
      expect([failed.status, failed.json.message]).toEqual([
        500,
        "Server 'creative' did not start: its log says why",
      ]);
      const isFailure = ({ topic, data }: Message) =>
        topic === "event:after_server_start" && (data as { error?: string }).error === failed.json.message;
      await alex.client.nextMatching(isFailure);
      writeFileSync(properties, text);
      expect((await alex.ask("POST", "/api/servers/creative/start")).status).toBe(200);
      expect((await alex.ask("POST", "/api/servers/creative/stop")).status).toBe(200);
    });

    test("a world that was reset comes back from its backup", async () => {
      const level = join(scene.home, "servers/survival/worlds/Bedrock level");
      writeFileSync(join(level, "db/marker"), "mine");
      const { id } = await alex.askTask("POST", "/api/servers/survival/backups");
      expect((await alex.ask("POST", "/api/servers/survival/world/reset")).status).toBe(409);
      await alex.ask("POST", "/api/servers/survival/stop");
      await alex.ask("POST", "/api/servers/survival/world/reset");
      expect(existsSync(level)).toBe(false);
      await alex.askTask("POST", `/api/servers/survival/backups/${id}/restore`);
      expect(readFileSync(join(level, "db/marker"), "utf8")).toBe("mine");
      expect(
        readdirSync(join(scene.home, "servers/survival")).filter((it) => /new|old|partial/.test(it)),
      ).toEqual([]);
    });

    test("the allow list is kept, and a server that runs obeys it", async () => {
      await alex.ask("POST", "/api/servers/survival/start");
      await alex.client.nextMatching(isLog("survival", "Player connected"), 10_000);
      await alex.ask("PUT", "/api/servers/survival/allowlist", { players: ["Nobody Else"] });
      await alex.client.nextMatching(isLog("survival", "Player disconnected"), 5000);
      expect((await kim.ask("GET", "/api/servers/survival/allowlist")).json.players).toEqual(["Nobody Else"]);
      await alex.ask("POST", "/api/players/scan");
      expect((await kim.ask("GET", "/api/players")).json.players).not.toEqual([]);
      await alex.ask("POST", "/api/servers/survival/stop");
    });

    const wrong: [method: string, path: string, body: unknown, status: number, message: string][] = [
      ["POST", "/servers/SURVIVAL/start", undefined, 400, "A server takes a name"],
      ["POST", "/servers/..%2f..%2fetc/start", undefined, 400, "A server takes a name"],
      ["POST", "/servers/nether/start", undefined, 404, "there are survival, creative"],
      ["POST", "/servers/survival/stop", undefined, 409, "start it first"],
      ["POST", "/servers/survival/commands", { command: "list" }, 409, "start it first"],
      ["POST", "/servers/survival/commands", { command: "say a\nstop" }, 400, "in one line"],
      ["POST", "/servers/survival/commands", { command: " stop " }, 400, "other than stop"],
      ["POST", "/servers/survival/commands", [], 400, "'command' is missing"],
      ["POST", "/servers", { name: "topichub" }, 400, "not 'topichub'"],
      ["POST", "/servers", { name: "survival" }, 409, "take another name"],
      ["POST", "/servers", { name: "a", colour: 1 }, 400, "Unknown field 'colour'"],
      ["DELETE", "/servers/survival/backups", { keep: -1 }, 400, "'keep' takes a whole number"],
      ["POST", "/servers/survival/backups/..%2f..%2fservers/restore", undefined, 404, "no such backup"],
      ["POST", "/servers/survival/world/import", { export: "../servers/creative" }, 404, "GET /api/exports"],
      ["POST", "/servers/survival/addons", { addon: "../players.json" }, 404, "which has taller-trees"],
      ["PUT", "/servers/survival/allowlist", { players: ["x\ny"] }, 400, "'players.0' takes a player's name"],
      ["PUT", "/servers/survival/autostart", { autostart: "yes" }, 400, "'autostart' takes true or false"],
      ["POST", "/players", { players: [{ name: "Alex", xuid: "1" }] }, 400, "16 digits"],
      ["GET", "/tasks/1", undefined, 404, "You have no such task"],
      ["GET", "/nope", undefined, 404, "No such route"],
    ];
    test("what is wrong is refused, and says so", async () => {
      await alex.newEvents();
      for (const [method, path, body, status, message] of wrong) {
        const { json, ...answer } = await alex.ask(method, `/api${path}`, body);
        expect([path, body, answer.status, json]).toEqual([
          path,
          body,
          status,
          { status: "error", code: expect.any(String), message: expect.stringContaining(message) },
        ]);
      }
      expect(await alex.newEvents()).toEqual(new Set());
    });
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const)
    test(`${signal} while a server starts leaves no process behind`, async () => {
      await using scene = await startScene(command);
      const alex = await scene.signIn("alex");
      const answer = alex.ask("POST", "/api/servers/survival/start").catch(() => undefined);
      const pid = await eventually(() => scene.pidOf("survival"), 5000, "its pid file");
      const { code } = await scene.server.stop(signal);
      expect(code).toBe(signal === "SIGTERM" ? 0 : null);
      await gone(pid);
      await answer;
    });

  test("a task that is cancelled leaves nothing of its work, and the server to others", async () => {
    await using scene = await startScene(command);
    const alex = await scene.signIn("alex", ["server_log:survival"]);
    await alex.ask("POST", "/api/servers/survival/start");
    const server = join(scene.home, "servers/survival");
    const files = join(server, "worlds/Bedrock level/db");
    for (let at = 0; at < 3000; at++) writeFileSync(join(files, `${at}.ldb`), "chunks");
    const { json } = await alex.ask("POST", "/api/servers/survival/backups");
    const isCopying = ({ data }: Message) => /^Copied/.test((data as { message?: string }).message ?? "");
    await alex.client.nextMatching(isCopying);
    expect((await alex.ask("DELETE", `/api/tasks/${json.task}`)).status).toBe(200);
    expect((await alex.ask("GET", `/api/tasks/${json.task}`)).json).toMatchObject({
      task: { status: "error", message: "Cancelled" },
    });
    expect((await alex.ask("DELETE", `/api/tasks/${json.task}`)).status).toBe(404);
    await alex.client.nextMatching(isLog("survival", "Changes to the world are resumed"), 5000);
    await eventually(
      async () => (await alex.ask("POST", "/api/servers/survival/stop")).status === 200,
      5000,
      "the server to be free",
    );
    expect(readdirSync(join(scene.home, "backups/survival"))).toEqual([]);
  });

  test("a folder has one manager", async () => {
    await using first = await startScene(command);
    const env = { PORT: "0", BEDROCK_HOME: first.home };
    const { code, stderr } = await runToExit({ command }, { env });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/process \d+ keeps this folder: stop it first/),
    ]);
    expect((await first.server.stop()).code).toBe(0);
    expect(existsSync(join(first.home, "manager.pid"))).toBe(false);
  });

  test("what was killed in the middle is brought to its end at the next start", async () => {
    await using first = await startScene(command);
    await first.server.stop("SIGKILL");
    const at = (path: string) => join(first.home, path);
    const folders = ["servers/nether.partial", "servers/My Notes", "backups/survival/1.partial"];
    const worlds = ["servers/survival/worlds.old/mine", "servers/survival/worlds.new.partial"];
    const levels = ["servers/creative/worlds/Bedrock level", "servers/creative/worlds/Bedrock level.old"];
    for (const path of [...folders, ...worlds, ...levels]) mkdirSync(at(path), { recursive: true });
    for (const path of ["servers/notes.txt", "backups/notes.txt"]) writeFileSync(at(path), "mine");
    await using second = await startScene(command, { env: { BEDROCK_HOME: first.home } });
    const alex = await second.signIn("alex");
    const { servers } = (await alex.ask("GET", "/api/servers")).json;
    expect((servers as { name: string }[]).map(({ name }) => name).sort()).toEqual(["creative", "survival"]);
    expect(readdirSync(at("servers")).sort()).toEqual(["My Notes", "creative", "notes.txt", "survival"]);
    expect(readdirSync(at("servers/survival/worlds"))).toEqual(["mine"]);
    expect(readdirSync(at("servers/creative/worlds"))).toEqual(["Bedrock level"]);
    expect(readdirSync(at("servers/survival")).filter((it) => /new|old|partial/.test(it))).toEqual([]);
    expect(readdirSync(at("backups/survival"))).toEqual([]);
    await second.server.stop();
  });

  test("a server with autostart runs again when the manager does", async () => {
    await using first = await startScene(command);
    const alex = await first.signIn("alex");
    await alex.ask("PUT", "/api/servers/creative/autostart", { autostart: true });
    await first.server.stop();
    await using second = await startScene(command, { env: { BEDROCK_HOME: first.home } });
    await eventually(() => second.events().includes("after_server_start"), 10_000, "creative to start");
    await second.server.stop();
  });

  test("the tour shows a server's day, whatever the client runs on", async () => {
    await using scene = await startScene(command);
    const script = `${ROOT}examples/bedrock-manager/tour.mjs`;
    const args = [...targets[runtime as keyof typeof entries].script(script), scene.server.url];
    const { status, stdout, stderr } = spawnSync(args[0] ?? "", args.slice(1), { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    for (const part of [
      "event   before_server_start",
      "log     survival",
      'usage   survival {"pid"',
      "task    success",
      "[Server] Hello, alex is here",
      "event   after_server_stop",
    ])
      expect(stdout).toContain(part);
  });
});

describe("the manager's README", () => {
  const readme = readFileSync(`${ROOT}examples/bedrock-manager/README.md`, "utf8");
  const PATH = `${ROOT}node_modules/.bin:${process.env.PATH}`;

  const starts = [...readme.matchAll(/^\| (\w+)[^|]* \| `([^`]*examples[^`]*)` \|$/gm)];
  for (const [, name = "", line = ""] of starts)
    test(`says how it is started on ${name}`, async () => {
      const command = ["bash", "-c", line.replace(/([^&]*)$/, " exec $1")];
      await using scene = await startScene(command, { env: { PATH }, ms: 60_000 });
      expect(scene.server.runtime).toBe(name.toLowerCase());
      expect(await scene.server.stop()).toMatchObject({ code: 0 });
    });

  test("names three runtimes, and files that are there", () => {
    expect(starts).toHaveLength(3);
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(`${ROOT}examples/bedrock-manager/${path}`))).toEqual([]);
  });

  test("has a session whose every request succeeds", async () => {
    await using scene = await startScene(entries.node);
    const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, text = ""]) => text);
    const tasks = `command curl -s "$URL/api/tasks" -H "Authorization: Bearer $TOKEN"`;
    const untilDone = `until ${tasks} | grep -q "Task 'backup of survival' is done"; do sleep 0.05; done\n`;
    const shell = `${blocks.slice(0, -1).join("")}${untilDone}${blocks.at(-1)}`;
    const script = shell.replace("http://127.0.0.1:8788", scene.server.url);
    const lines = `curl() { command curl -s -w '\\n' "$@"; }\n${script}`;
    const { stdout, status } = spawnSync("bash", ["-ec", lines], { encoding: "utf8", timeout: 20_000 });
    const answers = stdout.split("\n").filter((line) => line.startsWith("{"));
    expect([status, answers.length]).toEqual([0, 5]);
    expect(answers.filter((line) => !line.startsWith('{"status":"success"'))).toEqual([]);
  });
});
