import * as v from "valibot";
import { isRecord } from "../protocol/json.ts";
import { defineTopics } from "../protocol/topic-catalogue.ts";
import { EVENT_NAMES, type EventName } from "./events.ts";
import { ResourceUpdateData } from "./resource-update.ts";
import { TaskUpdateData } from "./task.ts";

// Not one of valibot's objects, which leave out fields such as `constructor`.
const EventFields = v.custom<Record<string, unknown>>(
  isRecord,
  "the event's fields are expected, as an object",
);
const Lines = v.string();

const events = EVENT_NAMES.map((name) => [`event:${name}`, EventFields] as const);

/**
 * The topics of a Bedrock server manager, and what is published to each, for a hub that holds publishers to it:
 * `new TopicHub({ schemas: bedrockTopics })`. PROTOCOL.md, Topics.
 */
export const bedrockTopics = defineTopics({
  // One for each name.
  ...(Object.fromEntries(events) as Record<`event:${EventName}`, typeof EventFields>),
  "resource-monitor:{server}": ResourceUpdateData,
  "server_log:{server}": Lines,
  app_log: Lines,
  "task:{id}": TaskUpdateData,
});
