import * as v from "valibot";
import { z } from "zod";
import { eventsOf, publishEvent, startResourceMonitor, TaskRunner } from "../../src/bedrock/index.ts";
import type { Publication } from "../../src/hub/publication.ts";
import { defineTopics, TopicHub, topicRoutes } from "../../src/index.ts";
import { node } from "../../src/runtime/node.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const topics = defineTopics({
  "event:after_backup": v.object({ server_name: v.string(), files: v.optional(v.number(), 0) }),
  "resource-monitor:{server}": z.object({ pid: z.number() }),
  "chat:{room}": v.string(),
  "chat:{room}:{user}": v.number(),
  "chat:lobby": v.boolean(),
});
const hub = new TopicHub({ schemas: topics });
const any = new TopicHub();
const any2: TopicHub = new TopicHub({ onError() {} });
const routes = topicRoutes({
  hub,
  runtime: node,
  secret: "x",
  defaultGrants: { subscribe: [], publish: [] },
});
startResourceMonitor(hub, { servers: [] });
eventsOf(hub);
new TaskRunner(hub);
void publishEvent(hub, "after_backup", {});
const widened: TopicHub = hub;

export async function ok(name: string) {
  await hub.publish("event:after_backup", { server_name: "a" });
  await hub.publish(`resource-monitor:${name}`, { pid: 1 });
  await hub.publish("chat:a", "x");
  await hub.publish("chat:a:b", 1);
  await hub.publish("chat:lobby", true);
  hub.listen("chat:lobby", (it) => {
    const s: Same<typeof it, Publication<boolean, "chat:lobby">> = true;
    return s;
  });
  hub.listen("event:*", (it) => {
    const s: Same<
      typeof it,
      Publication<{ server_name: string; files: number }, "event:after_backup">
    > = true;
    return s;
  });
  hub.listen("*", (it) => {
    if (it.topic === "event:after_backup") return it.data.files;
    return 1;
  });
  any.listen("*", (it) => {
    const s: Same<typeof it, Publication> = true;
    return s;
  });
  return [widened, any2, routes];
}
export function bad() {
  // @ts-expect-error
  void hub.publish("event:after_bakup", { server_name: "a" });
  // @ts-expect-error
  void hub.publish("event:after_backup", { server_name: 1 });
  // @ts-expect-error
  void hub.publish("event:after_backup", {});
  // @ts-expect-error
  void hub.publish("chat:a:b", "x");
  // @ts-expect-error
  void hub.publish("chat:lobby", "x");
  // @ts-expect-error
  hub.listen("evnt:*", () => {});
  // @ts-expect-error
  hub.listen("event:x", () => {});
}
