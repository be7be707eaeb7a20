/**
 * True for a topic or pattern that begins with `task:`. What a task tells goes directly to the user who
 * started it, so to subscribe to one is `forbidden`. PROTOCOL.md, Topics.
 */
export function isTaskTopic(topicOrPattern: string): boolean {
  return topicOrPattern.startsWith("task:");
}
