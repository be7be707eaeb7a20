import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { ProducerHub, ResourceMonitorOptions } from "../../../src/bedrock/index.ts";
import { startResourceMonitor } from "../../../src/bedrock/index.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { createMailbox } from "../../../src/testing/mailbox.ts";
import { Workshop } from "./processes.ts";
import { producing } from "./producing.ts";

const INTERVAL = 100;
const SOON = 3000;

/** A monitor on a hub of its own; `updates` has all it publishes, seen without subscribing. */
function monitored(options: Partial<ResourceMonitorOptions> = {}, change: Partial<ProducerHub> = {}) {
  const { hub, updates, producer } = producing(change);
  const errors = createMailbox<{ error: unknown; stage: string }>();
  const onError: ResourceMonitorOptions["onError"] = (error, { stage }) => errors.push({ error, stage });
  const monitor = startResourceMonitor(producer, { servers: [], intervalMs: INTERVAL, onError, ...options });
  const next = (server: string) =>
    updates.take(SOON, `a sample of ${server}`, ({ topic }) => topic === `resource-monitor:${server}`);
  const watch = (selector: string) => hub.listen(selector, () => {});
  return { hub, updates, errors, monitor, next, watch, [Symbol.asyncDispose]: () => monitor.stop() };
}

const figures = (pid: number) => ({
  status: "success",
  process_info: {
    pid,
    cpu_percent: expect.any(Number),
    memory_mb: expect.any(Number),
    uptime: expect.stringMatching(/^(\d+ days?, )?\d+:\d\d:\d\d$/),
  },
});

const unknown = (name: string) => ({
  status: "success",
  process_info: null,
  message: `Server '${name}' is not configured here`,
});

test("a hub is what the monitor takes", async () => {
  await startResourceMonitor(new TopicHub(), { servers: [] }).stop();
});

test("the first sample comes when somebody watches, not an interval later", async () => {
  await using shop = new Workshop();
  const pid = shop.idle();
  await using it = monitored({ servers: [{ name: "survival", pid }], intervalMs: 3_600_000 });
  it.watch("resource-monitor:survival");
  expect(await it.next("survival")).toEqual({
    topic: "resource-monitor:survival",
    type: "resource_update",
    data: figures(pid),
  });
});

test("who watched before the monitor started is served", async () => {
  const hub = new TopicHub();
  const updates = createMailbox<unknown>();
  hub.listen("resource-monitor:topichub", ({ data }) => updates.push(data));
  const monitor = startResourceMonitor(hub, { servers: [], intervalMs: 3_600_000 });
  expect(await updates.take(SOON, "a sample")).toEqual(figures(process.pid));
  await monitor.stop();
});

test("only what is watched is sampled, once an interval", async () => {
  await using shop = new Workshop();
  const servers = ["a", "b"].map((name) => ({ name, pid: shop.idle() }));
  await using it = monitored({ servers });
  await it.updates.silence(3 * INTERVAL);
  const leave = it.watch("resource-monitor:a");
  for (let count = 0; count < 4; count++)
    expect((await it.updates.take(SOON, "a sample")).topic).toBe("resource-monitor:a");
  leave();
  it.updates.drain();
  await it.updates.silence(3 * INTERVAL);
});

test.each(["resource-monitor:*", "resource-*", "*"])("%s watches every server", async (pattern) => {
  await using shop = new Workshop();
  const pid = shop.idle();
  await using it = monitored({ servers: [{ name: "survival", pid }], intervalMs: 3_600_000 });
  it.watch(pattern);
  expect((await it.next("survival")).data).toEqual(figures(pid));
  expect((await it.next("topichub")).data).toEqual(figures(process.pid));
});

test("a watcher of something else starts nothing", async () => {
  await using it = monitored();
  it.watch("event:*");
  it.watch("resource-monitors");
  await it.updates.silence(3 * INTERVAL);
});

test("a pattern that comes later brings the servers that were not watched", async () => {
  await using shop = new Workshop();
  const servers = [{ name: "a", pid: shop.idle() }];
  await using it = monitored({ servers, intervalMs: 3_600_000 });
  it.watch("resource-monitor:a");
  await it.next("a");
  it.watch("resource-monitor:*");
  expect((await it.updates.take(SOON, "a sample")).topic).toBe("resource-monitor:topichub");
});

test("names that somebody made up fill no histories: of so many the first are told of", async () => {
  await using made = monitored();
  for (let at = 0; at < 300; at++) made.watch(`resource-monitor:made-up-${at}`);
  const told = new Set<string>();
  for (let at = 0; at < 250; at++) told.add((await made.updates.take(SOON, "an update")).topic);
  expect([...told]).toEqual(Array.from({ length: 100 }, (_, at) => `resource-monitor:made-up-${at}`));
});

test("a server that is not configured is said to be unknown, once an interval", async () => {
  await using it = monitored();
  const leave = it.watch("resource-monitor:nope");
  for (let count = 0; count < 3; count++) expect((await it.next("nope")).data).toEqual(unknown("nope"));
  leave();
  it.updates.drain();
  await it.updates.silence(3 * INTERVAL);
});

test("an unknown server is left to whoever publishes its figures", async () => {
  await using it = monitored({ intervalMs: 300 });
  it.watch("resource-monitor:far");
  const data = figures(1);
  const publish = () => void it.hub.publish("resource-monitor:far", { ...data, process_info: { pid: 1 } });
  publish();
  const agent = setInterval(publish, 300);
  for (let count = 0; count < 5; count++)
    expect((await it.next("far")).data).toMatchObject({ process_info: { pid: 1 } });
  clearInterval(agent);
  expect((await it.next("far")).data).toEqual(unknown("far"));
});

test("a server that cannot be looked at holds up no other, and its fault is reported once", async () => {
  await using shop = new Workshop();
  const pid = shop.idle();
  const pid_file = join(shop.pidFile("file", ""), "pid");
  await using it = monitored({
    servers: [
      { name: "bad", pid_file },
      { name: "good", pid },
    ],
  });
  it.watch("resource-monitor:*");
  for (let count = 0; count < 3; count++) {
    const { data } = await it.next("bad");
    expect(data).toMatchObject({
      process_info: null,
      message: expect.stringMatching(/^Server 'bad' cannot/),
    });
    expect(JSON.stringify(data)).not.toContain(shop.folder);
    expect((await it.next("good")).data).toEqual(figures(pid));
  }
  expect(String((await it.errors.take(SOON, "the fault")).error)).toContain("ENOTDIR");
  await it.errors.silence(INTERVAL);
});

test.each([
  ["rejects", () => Promise.reject(new Error("cut off"))],
  [
    "throws",
    () => {
      throw new Error("cut off");
    },
  ],
])("a publish that %s goes to onError, and sampling goes on", async (_, publish) => {
  await using it = monitored({}, { publish });
  it.watch("resource-monitor:topichub");
  for (let count = 0; count < 2; count++)
    expect(await it.errors.take(SOON, "a failure")).toEqual({
      error: new Error("cut off"),
      stage: "monitor",
    });
});

test("an onError that throws changes nothing", async () => {
  let calls = 0;
  const failed = createMailbox<number>();
  const onError = () => {
    failed.push(++calls);
    throw new Error("again");
  };
  await using it = monitored({ onError }, { publish: () => Promise.reject(new Error("cut off")) });
  it.watch("resource-monitor:topichub");
  await failed.take(SOON, "a failure", (count) => count === 2);
});

test("stop ends sampling and lets go of the hub", async () => {
  const it = monitored();
  it.watch("resource-monitor:topichub");
  it.watch("resource-monitor:nope");
  await it.next("topichub");
  await it.monitor.stop();
  await it.monitor.stop();
  it.watch("resource-monitor:*");
  it.updates.drain();
  await it.updates.silence(4 * INTERVAL);
});

test("stop waits for a publication that is under way, and a sample then publishes nothing", async () => {
  const calls = createMailbox<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const publish = (topic: string) => {
    calls.push(topic);
    return promise;
  };
  const it = monitored({}, { publish });
  it.watch("resource-monitor:topichub");
  await calls.take(SOON, "a publication");
  let isStopped = false;
  const stopped = it.monitor.stop().then(() => {
    isStopped = true;
  });
  await calls.silence(3 * INTERVAL);
  expect(isStopped).toBe(false);
  resolve();
  await stopped;
});

test("a monitor alone keeps no process alive", () => {
  const script = join(import.meta.dir, "lonely-monitor.ts");
  const { stdout, status } = spawnSync(process.execPath, [script], { encoding: "utf8", timeout: 4000 });
  expect(status).toBe(0);
  const samples = JSON.parse(stdout);
  expect(samples.length).toBeGreaterThan(2);
  expect(samples[0]).toMatchObject({ process_info: { uptime: "0:00:00" } });
});

test("without pidusage an error names what to install, and watchers are told", async () => {
  await using shop = new Workshop();
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "lonely-monitor.ts")],
    outdir: shop.folder,
    target: "node",
    external: ["pidusage"],
  });
  expect(built.success).toBe(true);
  const args = ["--no-install", join(shop.folder, "lonely-monitor.js")];
  const { stdout } = spawnSync(process.execPath, args, { cwd: shop.folder, encoding: "utf8", timeout: 4000 });
  const [error, samples, ...rest] = stdout.trim().split("\n");
  expect(error).toBe("Error: Sampling processes takes the package pidusage: npm install pidusage");
  expect(samples).toContain('"process_info":null,"message":"Server \'topichub\' cannot be sampled');
  expect(rest).toEqual([]);
});
