import { expect, test } from "bun:test";
import { EVENT_NAMES, type EventName, isEventName, publishEvent } from "../../../src/bedrock/index.ts";
import { isTaskTopic } from "../../../src/bedrock/topics.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";

const misnamed = (name: unknown) => () => publishEvent(new TopicHub(), name as EventName, {});

test("there are 37 events, each with a name of its own", () => {
  expect(EVENT_NAMES).toHaveLength(37);
  expect(new Set<string>(EVENT_NAMES).size).toBe(37);
  expect([EVENT_NAMES[0], EVENT_NAMES.at(-1)]).toEqual(["before_addon_import", "after_world_reset"]);
});

test("an event is published to its topic, as an event", async () => {
  const hub = new TopicHub();
  const seen: unknown[] = [];
  hub.listen("event:*", ({ topic, type, data }) => void seen.push({ topic, type, data }));
  const published = await publishEvent(hub, "after_backup", { server_name: "survival" });
  expect(published.topic).toBe("event:after_backup");
  expect(seen).toEqual([{ topic: "event:after_backup", type: "event", data: { server_name: "survival" } }]);
});

test("only the known names are event names", () => {
  expect(EVENT_NAMES.every(isEventName)).toBe(true);
  for (const name of ["", "backup", "After_Backup", "event:after_backup", "toString", null, 1])
    expect(isEventName(name)).toBe(false);
});

test("an unknown event names what was got and what may have been meant", () => {
  expect(misnamed("after_bakup")).toThrow(TypeError);
  expect(misnamed("after_bakup")).toThrow(
    "Unknown event: got 'after_bakup'; did you mean 'after_backup'? EVENT_NAMES lists all 37",
  );
  expect(misnamed("Server-Start")).toThrow("'before_server_start' or 'after_server_start'");
  expect(misnamed("launch")).toThrow("Unknown event: got 'launch'; EVENT_NAMES lists all 37");
  expect(misnamed("x".repeat(1e6))).toThrow(`got '${"x".repeat(64)}';`);
  expect(misnamed(undefined)).toThrow("got a value of type undefined");
});

test("what begins with task: is a task topic", () => {
  for (const topic of ["task:1", "task:*", "task:"]) expect(isTaskTopic(topic)).toBe(true);
  for (const topic of ["*", "task*", "tasks:1", "my-task:1", ""]) expect(isTaskTopic(topic)).toBe(false);
});
