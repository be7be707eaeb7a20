import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type LogTailOptions, type ProducerHub, startLogTail } from "../../../src/bedrock/index.ts";
import { PIECE_BYTES } from "../../../src/bedrock/whole-lines.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { createMailbox } from "../../../src/testing/mailbox.ts";
import { eventually, within } from "../../support/deadline.ts";
import { ROOT } from "../../support/targets.ts";
import { Workshop } from "./processes.ts";
import { producing } from "./producing.ts";

const INTERVAL = 20;
const SOON = 3000;
const TOPIC = "server_log:survival";

/** A tail of one server's log, on a hub of its own; `updates` has what it publishes, seen without subscribing. */
function tailed(options: Partial<LogTailOptions> = {}, change: Partial<ProducerHub> = {}) {
  const shop = new Workshop();
  const path = join(shop.folder, "server.log");
  const { hub, updates, producer } = producing(change);
  const errors = createMailbox<string>();
  const onError: LogTailOptions["onError"] = (error, { stage }) => errors.push(`${stage}: ${error}`);
  const servers = [{ name: "survival", log_file: path }];
  const tail = startLogTail(producer, { servers, intervalMs: INTERVAL, onError, ...options });
  return {
    ...{ shop, path, hub, updates, errors, tail },
    watch: (selector = TOPIC) => hub.listen(selector, () => {}),
    write: (text: string | Uint8Array) => appendFileSync(path, text),
    /** The text told so far, once it is this long. */
    async text(expected: string) {
      let told = "";
      while (told.length < expected.length) told += (await updates.take(SOON, `${told} to go on`)).data;
      expect(told).toBe(expected);
    },
    /** What of its folder this process has open. */
    open: () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(shop.folder);
        } catch {
          return false;
        }
      }),
    async [Symbol.asyncDispose]() {
      await tail.stop();
      await shop[Symbol.asyncDispose]();
    },
  };
}

test("new lines are told, whole, to who watches; older ones are not", async () => {
  await using it = tailed();
  it.write("old\n");
  it.watch();
  it.write("one\ntwo\r\nthr");
  expect(await it.updates.take(SOON, "lines")).toEqual({
    topic: TOPIC,
    type: "log_update",
    data: "one\ntwo\r\n",
  });
  it.write("ee");
  await it.updates.silence(5 * INTERVAL);
  it.write("\n");
  await it.text("three\n");
});

test("what is written at the very moment of subscribing is new", async () => {
  await using it = tailed();
  it.write("old\n");
  for (let round = 0; round < 20; round++) {
    const leave = it.watch();
    it.write(`${round}\n`);
    await it.text(`${round}\n`);
    leave();
    it.write("unwatched\n");
  }
});

test("a line that was begun before anybody watched is told whole", async () => {
  await using it = tailed();
  it.write("old\nhalf of ü".slice(0, -1));
  it.write(Uint8Array.of(0xc3));
  it.watch();
  it.write(Uint8Array.of(0xbc));
  it.write(" line\n");
  await it.text("half of ü line\n");
});

test.each(["server_log:*", "server_*", "*"])("%s watches every log", async (pattern) => {
  await using it = tailed();
  it.write("");
  it.watch(pattern);
  it.write("one\n");
  await it.text("one\n");
});

test("the application's log has a topic of its own", async () => {
  await using shop = new Workshop();
  const appLog = shop.pidFile("app.log", "");
  await using it = tailed({ servers: [], appLog });
  it.watch("app_log");
  appendFileSync(appLog, "ready\n");
  expect(await it.updates.take(SOON, "a line")).toEqual({
    topic: "app_log",
    type: "log_update",
    data: "ready\n",
  });
});

test("nothing is open, and nothing told, while nobody watches", async () => {
  await using it = tailed();
  it.write("");
  it.hub.listen("event:*", () => {});
  it.write("one\n");
  await it.updates.silence(5 * INTERVAL);
  expect(it.open()).toEqual([]);
  const leave = it.watch();
  await eventually(() => it.open().length === 1, SOON, "the file to be open");
  leave();
  await eventually(() => it.open().length === 0, SOON, "the file to be closed");
});

test("a file that is renamed is read to its end, then the new one from its beginning", async () => {
  await using it = tailed();
  it.write("");
  it.watch();
  const writer = openSync(it.path, "a");
  writeSync(writer, "1\n");
  await it.text("1\n");
  renameSync(it.path, `${it.path}.1`);
  writeSync(writer, "2\n");
  await it.text("2\n");
  writeFileSync(it.path, "");
  // As loggers do that open the new one only when they are told to.
  writeSync(writer, "3\nunfinished");
  await it.text("3\n");
  closeSync(writer);
  it.write("4\n");
  await it.text("unfinished\n4\n");
  expect(it.open()).toHaveLength(1);
});

test("a file that is cut off is read from its beginning", async () => {
  await using it = tailed();
  it.write("old and long\n");
  it.watch();
  it.write("1\n");
  await it.text("1\n");
  truncateSync(it.path);
  it.write("2\n");
  await it.text("2\n");
});

test("a file that comes later, goes and comes again is read from its beginning", async () => {
  await using it = tailed();
  it.watch();
  await it.updates.silence(3 * INTERVAL);
  it.write("1\n");
  await it.text("1\n");
  rmSync(it.path);
  await it.updates.silence(3 * INTERVAL);
  it.write("2\n");
  await it.text("2\n");
  await it.errors.silence(INTERVAL);
});

test("a link is followed, also to where it leads next", async () => {
  await using it = tailed();
  const [first, second] = [it.shop.pidFile("a.log", "old\n"), it.shop.pidFile("b.log", "1\n")];
  symlinkSync(first, it.path);
  it.watch();
  it.write("0\n");
  await it.text("0\n");
  rmSync(it.path);
  symlinkSync(second, it.path);
  await it.text("1\n");
});

test("100,000 lines at once come in order, none lost and none twice, in pieces that fit", async () => {
  await using it = tailed();
  it.write("");
  it.watch();
  const lines = Array.from({ length: 100_000 }, (_, at) => `${at} grüße 😀 "quoted"\n`);
  // Cut anywhere, as a writer's buffer is.
  const bytes = new TextEncoder().encode(lines.join(""));
  for (let at = 0; at < bytes.length; at += 100_003) it.write(bytes.subarray(at, at + 100_003));
  let told = "";
  while (told.length < lines.join("").length) {
    const { data } = await it.updates.take(SOON, "more lines");
    expect(String(data)).toEndWith("\n");
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(PIECE_BYTES + 2);
    told += data;
  }
  expect(told === lines.join("")).toBe(true);
  await it.updates.silence(5 * INTERVAL);
}, 30_000);

test("what is read next waits for what is being published, and what was refused comes again", async () => {
  const calls = createMailbox<{ data: unknown; answer: ReturnType<typeof Promise.withResolvers<void>> }>();
  const publish = (_: string, data: unknown) => {
    const answer = Promise.withResolvers<void>();
    calls.push({ data, answer });
    return answer.promise;
  };
  await using it = tailed({}, { publish });
  it.write("");
  it.watch();
  it.write("1\n");
  const first = await calls.take(SOON, "a publication");
  it.write("2\n");
  await calls.silence(5 * INTERVAL);
  first.answer.reject(new Error("cut off"));
  const again = await calls.take(SOON, "it again");
  expect([first.data, again.data]).toEqual(["1\n", "1\n"]);
  expect(await it.errors.take(SOON, "the failure")).toBe("tail: Error: cut off");
  again.answer.resolve();
  const second = await calls.take(SOON, "the next");
  expect(second.data).toBe("2\n");
  second.answer.resolve();
});

test("what is no regular file is reported once, is not waited for, and may become one", async () => {
  await using it = tailed();
  spawnSync("mkfifo", [it.path]);
  it.watch();
  const fault = `tail: Error: A log is a regular file, which '${it.path}' is not`;
  expect(await it.errors.take(SOON, "the fault")).toBe(fault);
  await it.errors.silence(5 * INTERVAL);
  rmSync(it.path);
  mkdirSync(it.path);
  await it.errors.silence(5 * INTERVAL);
  rmSync(it.path, { recursive: true });
  it.write("1\n");
  await it.text("1\n");
});

test("a file that cannot be looked at is reported once, and read from its end once it can", async () => {
  await using it = tailed();
  symlinkSync(it.path, it.path);
  it.watch();
  expect(await it.errors.take(SOON, "the fault")).toContain("ELOOP");
  await it.errors.silence(5 * INTERVAL);
  renameSync(it.shop.pidFile("new.log", "old\n"), it.path);
  // Where its end was when it was first looked at, nobody tells.
  const isTold = () => {
    it.write("new\n");
    return it.updates.unread.length > 0;
  };
  await eventually(isTold, SOON, "a line");
  for (const { data } of it.updates.drain()) expect(data).toMatch(/^(new\n)+$/);
});

test("a file that answers no more, as after its disk was gone, is opened anew and read from its end", async () => {
  await using it = tailed();
  it.write("");
  it.watch();
  it.write("1\nhalf of a");
  await it.text("1\n");
  closeSync(Number(it.open()[0]));
  expect(await it.errors.take(SOON, "the fault")).toContain("EBADF");
  const isTold = () => {
    it.write(" line\n");
    return it.updates.unread.length > 0;
  };
  await eventually(isTold, SOON, "a line");
  for (const { data } of it.updates.drain()) expect(data).toMatch(/^(half of a)?( line\n)+$/);
  expect(it.open()).toHaveLength(1);
});

test("who watched before the tail started is served, and servers without a log are left out", async () => {
  await using shop = new Workshop();
  const hub = new TopicHub();
  const updates = createMailbox<unknown>();
  hub.listen("*", ({ data }) => updates.push(data));
  const log_file = shop.pidFile("server.log", "old\n");
  const tail = startLogTail(hub, {
    servers: [
      { name: "a", log_file },
      { name: "b", pid: 1 },
    ],
    appLog: null,
  });
  appendFileSync(log_file, "1\n");
  expect(await updates.take(SOON, "a line")).toBe("1\n");
  await tail.stop();
});

test("stop closes what is open, tells nothing more, and may be called again", async () => {
  await using it = tailed();
  it.write("");
  it.watch();
  it.write("1\n");
  await it.text("1\n");
  await it.tail.stop();
  expect(it.open()).toEqual([]);
  it.write("2\n");
  it.watch("*");
  await within(it.tail.stop(), SOON, "the second stop");
  await it.updates.silence(5 * INTERVAL);
});

test("a server that is wrong is named at once", () => {
  const wrong = () => startLogTail(new TopicHub(), { servers: [{ name: "a b", log_file: "a.log" }] });
  expect(wrong).toThrow(TypeError);
  expect(wrong).toThrow("'0.name' takes a name");
});

test("a stop has closed what was left a moment before", async () => {
  await using it = tailed();
  it.write("");
  const leave = it.watch();
  await eventually(() => it.open().length === 1, SOON, "the file to be open");
  leave();
  await it.tail.stop();
  expect(it.open()).toEqual([]);
});

test("a program that has nothing else to do sees a stop to its end", async () => {
  await using shop = new Workshop();
  const log = JSON.stringify(shop.pidFile("server.log", ""));
  const code = `import { appendFileSync } from "node:fs";
import { startLogTail } from "${ROOT}src/bedrock/index.ts";
const stop = () => tail.stop().then(() => console.log("stopped"));
let publish = async () => {
  publish = async () => {};
  setImmediate(stop);
};
const hub = { on: () => () => {}, hasSubscribers: () => true, publish: () => publish() };
const tail = startLogTail(hub, { appLog: ${log} });
appendFileSync(${log}, "line\\n".repeat(100_000));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8", timeout: 4000 });
  expect([stdout, stderr]).toEqual(["stopped\n", ""]);
});

test("a log that is full of NULs comes no faster than its readers can take it", async () => {
  await using it = tailed();
  it.write("");
  it.watch();
  const begin = performance.now();
  truncateSync(it.path, 1 << 30);
  let bytes = 0;
  for (const wanted = 8 * PIECE_BYTES * 12; bytes < wanted; )
    bytes += JSON.stringify((await it.updates.take(SOON, "more of it")).data).length;
  expect(bytes / (performance.now() - begin)).toBeLessThan(2 * 4194);
}, 10_000);
