import * as v from "valibot";
import { isRecord } from "../protocol/json.ts";

const Figures = v.object({
  pid: v.number(),
  /** Of one core, over the last interval. */
  cpu_percent: v.number(),
  /** Resident memory in MiB. */
  memory_mb: v.number(),
  /** As `H:MM:SS`, with the days before it past a day. */
  uptime: v.string(),
});
/** The figures of a running process. PROTOCOL.md, Topics. */
export type ProcessInfo = v.InferOutput<typeof Figures>;

const WithFigures = v.object({ status: v.literal("success"), process_info: Figures });
const WithoutFigures = v.object({
  status: v.literal("success"),
  process_info: v.null(),
  message: v.string(),
});
// Not a union: of what is wrong inside, that would name nothing.
/** What a server's samples are. */
export const ResourceUpdateData = v.lazy<typeof WithFigures | typeof WithoutFigures>((input) =>
  isRecord(input) && input.process_info === null ? WithoutFigures : WithFigures,
);
/** The data of a `resource_update`: figures, or a message that says why there are none. */
export type ResourceUpdate = v.InferOutput<typeof ResourceUpdateData>;

/** The name under which the program samples itself. */
export const OWN_SERVER = "topichub";

const PREFIX = "resource-monitor:";

/** The topic of a server's samples. */
export function resourceTopic(server: string): string {
  return PREFIX + server;
}

/** The server whose samples have this topic; undefined for a pattern and for any other topic. */
export function serverOf(topicOrPattern: string): string | undefined {
  if (!topicOrPattern.startsWith(PREFIX) || topicOrPattern.endsWith("*")) return undefined;
  return topicOrPattern.slice(PREFIX.length);
}

/** An update without figures; `reason` goes on after the server's name, for the eyes of any subscriber. */
export function noProcess(server: string, reason: string): ResourceUpdate {
  return { status: "success", process_info: null, message: `Server '${server}' ${reason}` };
}
