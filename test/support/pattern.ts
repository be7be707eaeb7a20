export function isPattern(name: string): boolean {
  return name.endsWith("*");
}

/** True where a subscription to `name`, a topic or a pattern, selects the topic. */
export function matches(name: string, topic: string): boolean {
  return isPattern(name) ? topic.startsWith(name.slice(0, -1)) : name === topic;
}
