/** The topic of the application's log. */
export const APP_LOG_TOPIC = "app_log";

// The types of the domain's topics, by how the topic begins. PROTOCOL.md, Topics.
const TYPES: readonly [prefix: string, type: string][] = [
  ["event:", "event"],
  ["resource-monitor:", "resource_update"],
  ["task:", "task_update"],
  ["server_log:", "log_update"],
];

/** The type of what is published to a topic of the domain; undefined for any other topic. A `defaultType` for a hub. */
export function topicType(topic: string): string | undefined {
  if (topic === APP_LOG_TOPIC) return "log_update";
  return TYPES.find(([prefix]) => topic.startsWith(prefix))?.[1];
}

/**
 * True for a topic or pattern that begins with `task:`. What a task tells goes directly to the user who
 * started it, so to subscribe to one is `forbidden`. PROTOCOL.md, Topics.
 */
export function isTaskTopic(topicOrPattern: string): boolean {
  return topicOrPattern.startsWith("task:");
}

/** The topic of the new lines of a server's log. */
export function serverLogTopic(server: string): string {
  return `server_log:${server}`;
}

/** The topic of what is told of a task. */
export function taskTopic(id: string): string {
  return `task:${id}`;
}
