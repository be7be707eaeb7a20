import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import {
  bedrockTopics,
  EVENT_NAMES,
  publishEvent,
  startResourceMonitor,
  TaskRunner,
  topicType,
} from "../../../src/bedrock/index.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { createMailbox } from "../../../src/testing/mailbox.ts";
import { ROOT } from "../../support/targets.ts";

const FIGURES = {
  pid: process.pid,
  cpu_percent: expect.any(Number),
  memory_mb: expect.any(Number),
  uptime: expect.any(String),
};
const hubOf = (errors: unknown[] = []) =>
  new TopicHub({ schemas: bedrockTopics, defaultType: topicType, onError: (error) => errors.push(error) });

test("the catalogue has every event, and the other topics that PROTOCOL.md names", () => {
  const keys = Object.keys(bedrockTopics.schemas);
  expect(keys.slice(0, EVENT_NAMES.length)).toEqual(EVENT_NAMES.map((name) => `event:${name}`));
  const others = keys.slice(EVENT_NAMES.length);
  expect(others).toHaveLength(4);
  const section = readFileSync(`${ROOT}PROTOCOL.md`, "utf8").split("## Topics\n")[1] ?? "";
  for (const key of others) expect(section).toContain(`\`${key}\``);
});

test("an event's fields are any object, whatever they are called", async () => {
  const hub = hubOf();
  const heard: unknown[] = [];
  hub.listen("event:*", ({ data }) => heard.push(data));
  const fields = JSON.parse('{"server_name":"survival","constructor":1,"__proto__":{"a":2},"more":[null]}');
  await publishEvent(hub, "after_backup", fields);
  expect(JSON.stringify(heard)).toBe(JSON.stringify([fields]));
  for (const data of [[], null, "survival"])
    expect(publishEvent(hub, "after_backup", data)).rejects.toThrow(
      "'data': the event's fields are expected",
    );
});

test.each([
  [{ status: "success", process_info: null }, "'data.message' is missing"],
  [{ status: "success" }, "'data.process_info' is missing"],
  [{ status: "error", process_info: null, message: "x" }, `'data.status' takes "success", got "error"`],
  [{ status: "success", process_info: { pid: "1" } }, `'data.process_info.pid' takes a number, got "1"`],
])("of a sample's faults the field is named: %j", async (data, message) => {
  const published = hubOf().publish("resource-monitor:survival", Reflect.apply(Object, undefined, [data]));
  expect(await published.catch((error) => error.message)).toBe(message);
});

test("what is sampled, and told of tasks, goes through as it is", async () => {
  const errors: unknown[] = [];
  const hub = hubOf(errors);
  const samples = createMailbox<object>();
  const monitor = startResourceMonitor(hub, {
    servers: [],
    intervalMs: 50,
    onError: (error) => errors.push(error),
  });
  const stop = [
    hub.listen("resource-monitor:topichub", ({ data }) => samples.push(data)),
    hub.listen("resource-monitor:nobody", ({ data }) => samples.push(data)),
  ];
  const isOfNobody = (sample: object) => "message" in sample;
  const found = [
    await samples.take(5000, "figures", (sample) => !isOfNobody(sample)),
    await samples.take(5000, "a message", isOfNobody),
  ];
  for (const end of stop) end();
  await monitor.stop();
  const status = "success";
  const message = "Server 'nobody' is not configured here";
  expect(found).toEqual([
    { status, process_info: FIGURES },
    { status, process_info: null, message },
  ]);
  const tasks = new TaskRunner(hub, { onError: (error) => errors.push(error) });
  // To nobody, and looked at all the same.
  for (const result of [undefined, null, { file: "a.zip" }])
    await tasks.start("alex", "backup", ({ progress }) => {
      progress("half of it");
      return result;
    }).done;
  expect(errors).toEqual([]);
});
