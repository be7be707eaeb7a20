import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { eventually } from "../../support/deadline.ts";
import { connectRaw } from "../../support/raw-connection.ts";
import { runToExit, spawnServer } from "../../support/spawn-server.ts";
import { ROOT } from "../../support/targets.ts";
import { TEST_SECRET } from "../../support/token.ts";

/** A target that is one line of program. */
const program = (code: string) => ({ command: ["node", "-e", code] });
const listening = `console.log("topichub listening on http://127.0.0.1:1234 (node)");setInterval(()=>{},1000);`;

test("a server that listens is handed out with its address and what it said", async () => {
  await using server = await spawnServer(
    program(
      `process.once("SIGTERM",()=>{console.error("bye");process.exit(3)});console.error("up");${listening}`,
    ),
  );
  expect(server).toMatchObject({
    url: "http://127.0.0.1:1234",
    host: "127.0.0.1",
    port: 1234,
    runtime: "node",
  });
  expect(await server.stop()).toEqual({ code: 3, signal: null });
  expect(server.stderr()).toBe("up\nbye\n");
  expect(await server.exited).toEqual({ code: 3, signal: null });
});

test("one that ends first, or says nothing, or is not there, is an error that shows why", async () => {
  const ended = spawnServer(program(`console.error("JWT_SECRET is empty");process.exit(2)`));
  await expect(ended).rejects.toThrow(/status 2\n.*\nstderr: JWT_SECRET is empty/);
  const mute = spawnServer(program("setInterval(()=>{},1000)"), { ms: 300 });
  await expect(mute).rejects.toThrow("not within 300 ms: the listening line of node");
  await expect(spawnServer({ command: ["/no/such/program"] })).rejects.toThrow("ENOENT");
});

test("the environment is a clean one, with a configuration file where one is given", async () => {
  const code = `console.log(JSON.stringify([process.env,require("fs").readFileSync(process.env.TOPICHUB_CONFIG,"utf8"),process.argv.slice(1)]))`;
  process.env.REDIS_URL = "redis://elsewhere";
  const { stdout } = await runToExit(program(code), {
    env: { LOG_LEVEL: undefined, X: "1" },
    config: { a: 1 },
    args: ["b"],
  });
  delete process.env.REDIS_URL;
  const [env, config, args] = JSON.parse(stdout);
  expect(env).toMatchObject({ HOST: "127.0.0.1", PORT: "0", JWT_SECRET: TEST_SECRET, X: "1" });
  expect(env).not.toContainAnyKeys(["LOG_LEVEL", "REDIS_URL", "NODE_ENV"]);
  expect([config, args]).toEqual(['{"a":1}', ["b"]]);
});

test("one that does not stop is killed, and a stopped one as well", async () => {
  const server = await spawnServer(program(`process.on("SIGTERM",()=>{});${listening}`));
  await expect(server.stop("SIGTERM", 100)).rejects.toThrow("the end after SIGTERM");
  expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
  await using paused = await spawnServer(program(listening));
  paused.signal("SIGSTOP");
});

test("logs can be left unread, and their pipe closed", async () => {
  // The handler stands before the line: a signal may come as soon as it is printed.
  const writing = `const fs=require("fs");process.once("SIGUSR2",()=>{try{fs.writeSync(2,"x")}catch(e){console.log(e.code)}});
    const out=fs.openSync("/proc/self/fd/2",fs.constants.O_WRONLY|fs.constants.O_NONBLOCK);
    let n=0;try{for(;;)n+=fs.writeSync(out,"x".repeat(4096))}catch(e){console.log("full",n)};`;
  await using server = await spawnServer(program(writing + listening), { leavesLogsUnread: true });
  const full = /full (\d+)/;
  const [, n] = await eventually(() => full.exec(server.stdout()), 2000, "a full pipe");
  expect(Number(n)).toBeLessThan(1e6);
  server.closeLogs();
  server.signal("SIGUSR2");
  await eventually(() => server.stdout().includes("EPIPE"), 2000, "a broken pipe");
});

test("no child and no folder outlives this process, even when that is killed", async () => {
  const code = `
    import { scratchFolder } from "${ROOT}test/support/guard.ts";
    import { startChild } from "${ROOT}test/support/child.ts";
    const child = (code) => startChild(["node", "-e", code], { cwd: "/", env: {} });
    await child("").exited;
    const left = child('require("net").createServer().listen(0,function(){console.log(this.address().port)})');
    while (!left.stdout()) await Bun.sleep(5);
    console.error(scratchFolder());
    console.log("topichub listening on http://127.0.0.1:" + left.stdout().trim() + " (bun)");
    await left.exited;`;
  const tests = await spawnServer({ command: [`${ROOT}node_modules/.bin/bun`, "-e", code] });
  const folder = await eventually(() => tests.stderr().trim(), 1000, "the folder's name");
  expect(existsSync(folder)).toBe(true);
  (await connectRaw(tests)).reset();
  await tests.stop("SIGKILL");
  await eventually(() => !existsSync(folder), 2000, "the folder's end");
  const isGone = () =>
    connectRaw(tests).then(
      ({ reset }) => reset(),
      () => true,
    );
  await eventually(isGone, 2000, "the child's end");
});
