// Compiled, never run: what must not compile stands behind @ts-expect-error.
import * as v from "valibot";
import { z } from "zod";
import {
  bedrockTopics,
  type EventName,
  eventsOf,
  publishEvent,
  type ResourceUpdate,
  startLogTail,
  startResourceMonitor,
  TaskRunner,
  type TaskUpdate,
} from "../../src/bedrock/index.ts";
import {
  type DataOf,
  defineTopics,
  type Listener,
  type OutputOf,
  type Publication,
  type PublicationOf,
  type SelectedBy,
  type SelectorOf,
  type TopicAndData,
  TopicHub,
  type TopicOf,
  topicRoutes,
} from "../../src/index.ts";
import { node } from "../../src/runtime/node.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles where the two types are the same. */
declare function equal<A, B>(isEqual: Equal<A, B>): void;

const topics = defineTopics({
  "backup:done": v.object({ server_name: v.string(), files: v.optional(v.number(), 0) }),
  "usage:{server}": z.object({ pid: z.number(), name: z.string().default("") }),
  "chat:{room}": v.string(),
  "chat:{room}:{user}": v.number(),
  "chat:lobby": v.boolean(),
});
type AppTopics = typeof topics;
const hub = new TopicHub({ schemas: topics });
const bedrock = new TopicHub({ schemas: bedrockTopics });
const untyped = new TopicHub();

type Backup = { server_name: string; files: number };
type Usage = { pid: number; name: string };
type Data = Backup | Usage | string | number | boolean;

export function areOfTheseTypes() {
  equal<
    TopicOf<AppTopics>,
    "backup:done" | `usage:${string}` | `chat:${string}` | `chat:${string}:${string}` | "chat:lobby"
  >(true);
  equal<SelectorOf<AppTopics>, TopicOf<AppTopics> | `${string}*`>(true);
  equal<DataOf<AppTopics, "backup:done">, { server_name: string; files?: number | undefined }>(true);
  equal<OutputOf<AppTopics, "backup:done">, Backup>(true);
  equal<DataOf<AppTopics, "usage:survival">, { pid: number; name?: string | undefined }>(true);
  equal<OutputOf<AppTopics, `usage:${string}`>, Usage>(true);
  // The narrowest key that the topic is one of.
  equal<OutputOf<AppTopics, "chat:lobby">, boolean>(true);
  equal<OutputOf<AppTopics, "chat:a">, string>(true);
  equal<OutputOf<AppTopics, "chat:a:b">, number>(true);
  equal<OutputOf<AppTopics, `chat:${string}:b`>, number>(true);
  equal<OutputOf<AppTopics, "chat:a" | "chat:a:b">, string | number>(true);
  // What a client makes its messages of.
  equal<SelectedBy<AppTopics, "chat:a">, TopicAndData<"chat:a", string>>(true);
  equal<SelectedBy<AppTopics, "back*">["topic"], "backup:done">(true);
  equal<SelectedBy<AppTopics, "back*">["data"], Backup>(true);
  equal<SelectedBy<AppTopics, "*">["topic"], TopicOf<AppTopics>>(true);
  equal<SelectedBy<AppTopics, "*">["data"], Data>(true);
  equal<SelectedBy<AppTopics, "chat:a*">["data"], string | number>(true);
  equal<SelectedBy<AppTopics, "chat:lobb*">["data"], string | number | boolean>(true);
  equal<PublicationOf<AppTopics, "backup:*">, Publication<Backup, "backup:done">>(true);
}

export async function compiles(server: string, room: "a" | "b") {
  await hub.publish("backup:done", { server_name: "survival" });
  await hub.publish("backup:done", { server_name: "survival", files: 3 }, { type: "backup" });
  await hub.publish(`usage:${server}`, { pid: 1 });
  await hub.publish(`chat:${room}`, "hello");
  await hub.publish("chat:a:b", 5);
  await hub.sendToUser("alex", { topic: "anything", data: { any: ["data"] } });
  await hub.publish(topics.topic("usage:{server}", { server }), { pid: 1 });
  await hub.publish(topics.topic("backup:done"), { server_name: "survival" });
}

export function listens() {
  hub.listen("backup:done", (it) => equal<typeof it, Publication<Backup, "backup:done">>(true));
  hub.listen("usage:survival", ({ data, topic }) => {
    equal<typeof data, Usage>(true);
    equal<typeof topic, "usage:survival">(true);
  });
  hub.listen("*", (it) => {
    equal<typeof it.data, Data>(true);
    if (it.topic === "backup:done") return it.data satisfies Backup;
    return it.position;
  });
  const end: () => void = hub.listen(
    "chat:*",
    ({ data }) => equal<typeof data, string | number | boolean>(true),
    {
      passive: true,
    },
  );
  return end;
}

export function buildsAndReadsTopics(topic: string) {
  equal<ReturnType<typeof topics.topic<"usage:{server}">>, `usage:${string}`>(true);
  const values = topics.params("chat:{room}:{user}", topic);
  equal<typeof values, { room: string; user: string } | undefined>(true);
  // @ts-expect-error a parameter is missing
  topics.topic("chat:{room}:{user}", { room: "a" });
  // @ts-expect-error all of them
  topics.topic("usage:{server}");
  // @ts-expect-error a parameter that is not there
  topics.topic("usage:{server}", { server: "a", port: "1" });
  // @ts-expect-error a value that is no text
  topics.topic("usage:{server}", { server: 1 });
  // @ts-expect-error a key without parameters
  topics.topic("backup:done", { server: "a" });
  // @ts-expect-error a key that is not there
  topics.topic("usage:{name}", { name: "a" });
  // @ts-expect-error another key's parameter
  return topics.params("usage:{server}", topic)?.room;
}

export function doesNotCompile() {
  // @ts-expect-error a topic with a letter missing
  void hub.publish("backup:don", { server_name: "survival" });
  // @ts-expect-error any text is no topic
  void hub.publish(String(topics), {});
  // @ts-expect-error a pattern is no topic
  void hub.publish("*", {});
  // @ts-expect-error a field is missing
  void hub.publish("backup:done", {});
  // @ts-expect-error a field of another type
  void hub.publish("backup:done", { server_name: 1 });
  // @ts-expect-error a field that is not there
  void hub.publish("backup:done", { server_name: "survival", file: 3 });
  // @ts-expect-error data of another type, by a schema of zod
  void hub.publish("usage:survival", { pid: "1" });
  // @ts-expect-error the narrower key's data
  void hub.publish("chat:a:b", "hello");
  // @ts-expect-error the topic's own data
  void hub.publish("chat:lobby", "hello");
  // @ts-expect-error no data
  void hub.publish("backup:done");
  // @ts-expect-error a pattern that selects nothing
  hub.listen("bakup:*", () => {});
  // @ts-expect-error nor does this one
  hub.listen("backup:done:*", () => {});
  // @ts-expect-error a topic that is not there
  hub.listen("backup:started", () => {});
  // @ts-expect-error a listener of another topic's data
  hub.listen("backup:done", ({ data }: Publication<string>) => data);
  // @ts-expect-error no topics at all
  new TopicHub({ schemas: {} });
  // @ts-expect-error no schema
  defineTopics({ a: { type: "object" } });
  // @ts-expect-error what becomes of others is one of two
  defineTopics({ a: v.string() }, { others: "drop" });
  // @ts-expect-error a hub without topics knows nothing of them
  const typed: TopicHub<AppTopics> = untyped;
  return typed;
}

export function fitsWhereAnyHubDoes() {
  const widened: TopicHub = hub;
  void widened.publish("anything", 5);
  topicRoutes({ hub, runtime: node, secret: "a secret", defaultGrants: { subscribe: [], publish: [] } });
  for (const one of [bedrock, hub]) {
    startResourceMonitor(one, { servers: [] });
    startLogTail(one, {});
    new TaskRunner(one);
    eventsOf(one)({ after: "after_backup" }, () => 1);
    void publishEvent(one, "after_backup", { server_name: "survival" });
  }
}

export function isUntypedWithoutTopics(topic: string, listener: Listener) {
  const explicit: TopicHub = new TopicHub({ onError() {} });
  void explicit.publish(topic, { any: ["data"] });
  untyped.listen("a*", (it) => equal<typeof it, Publication>(true));
  untyped.listen(topic, (it) => equal<typeof it.data, unknown>(true));
  return untyped.listen(topic, listener);
}

export function knowsTheDomain(name: EventName, server: string) {
  void bedrock.publish(`event:${name}`, { server_name: server });
  void bedrock.publish(`resource-monitor:${server}`, {
    status: "success",
    process_info: null,
    message: "gone",
  });
  void bedrock.publish("app_log", "a line\n");
  bedrock.listen("event:after_*", ({ data }) => equal<typeof data, Record<string, unknown>>(true));
  bedrock.listen("resource-monitor:*", ({ data }) => equal<typeof data, ResourceUpdate>(true));
  bedrock.listen("*", ({ data }) =>
    equal<typeof data, Record<string, unknown> | ResourceUpdate | TaskUpdate | string>(true),
  );
  // @ts-expect-error an event that is not there
  void bedrock.publish("event:after_bakup", {});
  // @ts-expect-error fields are an object
  void bedrock.publish("event:after_backup", "survival");
  // @ts-expect-error neither figures nor a message
  void bedrock.publish("resource-monitor:survival", { status: "success", process_info: null });
}
