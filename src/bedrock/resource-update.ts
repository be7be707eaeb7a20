/** The figures of a running process. PROTOCOL.md, Topics. */
export interface ProcessInfo {
  pid: number;
  /** Of one core, over the last interval. */
  cpu_percent: number;
  /** Resident memory in MiB. */
  memory_mb: number;
  /** As `H:MM:SS`, with the days before it past a day. */
  uptime: string;
}

/** The data of a `resource_update`: figures, or a message that says why there are none. */
export type ResourceUpdate =
  | { status: "success"; process_info: ProcessInfo }
  | { status: "success"; process_info: null; message: string };

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
