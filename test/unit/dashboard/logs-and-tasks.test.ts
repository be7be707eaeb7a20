import { expect, test } from "bun:test";
import { LOG_LINES, LogBook, levelOf, logOf } from "../../../src/dashboard/log-book.ts";
import { noteOn } from "../../../src/dashboard/outage.ts";
import { progressOf, readTask } from "../../../src/dashboard/task.ts";

const texts = (book: LogBook, topic: string) => book.lines(topic).map(({ text }) => text);

test("lines are taken apart as they are published, each with its end", () => {
  const book = new LogBook();
  expect(book.add("app_log", "one\r\ntwo\n\nfour\n")).toHaveLength(4);
  book.add("app_log", "a part");
  expect(texts(book, "app_log")).toEqual(["one", "two", "", "four", "a part"]);
  expect(book.topics).toEqual(["app_log"]);
});

test("older lines go before those that came meanwhile, and the newest stay", () => {
  const book = new LogBook();
  book.add("app_log", "new\n");
  book.addBefore("app_log", ["old\nolder than new\n"]);
  expect(texts(book, "app_log")).toEqual(["old", "older than new", "new"]);
  book.addBefore("app_log", ["x\n".repeat(LOG_LINES)]);
  expect(texts(book, "app_log").slice(-2)).toEqual(["older than new", "new"]);
  expect(book.lines("app_log")).toHaveLength(LOG_LINES);
});

test("a break stands in every log that has lines; other logs than some are not kept", () => {
  const book = new LogBook();
  book.open("server_log:empty");
  book.add("app_log", "a\n");
  book.addBreak("missing");
  expect(book.lines("app_log").map(({ kind }) => kind)).toEqual(["line", "break"]);
  expect(book.lines("server_log:empty")).toEqual([]);
  for (let index = 0; index < 100; index++) book.add(`server_log:${index}`, "a\n");
  expect(book.topics).toHaveLength(40);
});

test("logs have names, and lines say of themselves how bad they are", () => {
  expect([logOf("app_log"), logOf("server_log:a"), logOf("event:a")]).toEqual([
    "Application",
    "a",
    undefined,
  ]);
  expect(["[INFO] ok", "12:00 WARN] slow", "ERROR: no", '{"level":"error"}', "terror"].map(levelOf)).toEqual([
    ...[undefined, "warn", "error", "error", undefined],
  ] as ReturnType<typeof levelOf>[]);
});

test("a task tells its state, and how far it is", () => {
  expect(readTask({ status: "success", message: "done", result: 5, username: "alex" })).toEqual({
    ...{ state: "success", message: "done", result: 5 },
  });
  for (const data of [null, "x", {}, { status: "paused" }]) expect(readTask(data)).toBeUndefined();
  expect(["Copied 2 of 8 files", "3/4", "18.5 %", "9 of 3", "half", "0 of 0"].map(progressOf)).toEqual([
    ...[0.25, 0.75, 0.185, 1, undefined, undefined],
  ] as ReturnType<typeof progressOf>[]);
});

test("after a connection was lost one is told what that means", () => {
  const topic = "event:*";
  expect(noteOn({ topic, recovered: undefined }, 5)).toBeUndefined();
  expect(noteOn({ topic, recovered: true }, 12_000)).toEqual({
    kind: "remark",
    text: "The connection was away for 12 s. Nothing of event:* was missed.",
  });
  expect(noteOn({ topic, recovered: false }, 12_000)).toMatchObject({ kind: "break" });
  expect(noteOn({ topic, recovered: true, partial: true }, 12_000)).toMatchObject({ kind: "break" });
});
