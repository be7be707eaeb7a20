// Compiled, never run: what must not compile stands behind @ts-expect-error.

import {
  type EventName,
  isEventName,
  type ProducerHub,
  publishEvent,
  startResourceMonitor,
} from "../../src/bedrock/index.ts";
import { type Published, TopicHub } from "../../src/index.ts";

const hub = new TopicHub();
declare const anything: unknown;

export async function compiles() {
  const published: Published = await publishEvent(hub, "after_backup", { server_name: "survival" });
  // A hub fits what the producers need as it is.
  const producers: ProducerHub = hub;
  if (isEventName(anything)) await publishEvent(producers, anything, null);
  return published;
}

export function doesNotCompile() {
  // @ts-expect-error an event that is not there
  void publishEvent(hub, "after_bakup", {});
  // @ts-expect-error the topic in place of the name
  void publishEvent(hub, "event:after_backup", {});
  // @ts-expect-error a name that may be any text
  void publishEvent(hub, String(anything), {});
  // @ts-expect-error no data
  void publishEvent(hub, "after_backup");
  // @ts-expect-error a name that is not there
  const name: EventName = "before_lunch";
  // @ts-expect-error a server without a name
  startResourceMonitor(hub, { servers: [{ pid: 1 }] });
  return name;
}
