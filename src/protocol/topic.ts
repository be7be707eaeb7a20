const encoder = /* @__PURE__ */ new TextEncoder();

/** Longest topic, in bytes of UTF-8. */
export const TOPIC_BYTES = 255;

// No white space, control, format (direction marks among them) or surrogate characters, and no `*`.
const TOPIC = /^[^\s\p{Cc}\p{Cf}\p{Cs}*]+$/u;

/** True for `*` and for whatever ends in one: what selects every topic that begins with the rest. */
export function isPattern(value: string): boolean {
  return value.endsWith("*");
}

/** True where `value` is one topic. PROTOCOL.md, Topics. */
export function isTopic(value: string): boolean {
  return topicFault(value) === undefined;
}

/** The rule that `value` breaks as a topic, as a sentence; undefined where it is one. */
export function topicFault(value: string): string | undefined {
  if (value === "") return "A topic has at least one character";
  // A code unit is at least one byte: the cheap test keeps an endless name from being encoded.
  if (value.length > TOPIC_BYTES || encoder.encode(value).length > TOPIC_BYTES)
    return `A topic has at most ${TOPIC_BYTES} bytes of UTF-8`;
  if (value === "." || value === "..") return "A topic is not '.' or '..'";
  if (value.includes("*")) return "'*' may only stand at the end, where it makes a pattern";
  if (!TOPIC.test(value)) return "A topic has no white space, control, format or surrogate characters";
  return undefined;
}

/** The rule that `value` breaks as a topic or a pattern; undefined where it is either. */
export function selectorFault(value: string): string | undefined {
  if (value === "*") return undefined;
  return topicFault(isPattern(value) ? value.slice(0, -1) : value);
}

/** True where `pattern` (or, without `*`, the one topic of that name) selects `topic`. */
export function matches(pattern: string, topic: string): boolean {
  return isPattern(pattern) ? topic.startsWith(pattern.slice(0, -1)) : pattern === topic;
}

/** True where `granted` selects everything that `wanted` (a topic or a pattern) could select. */
export function covers(granted: string, wanted: string): boolean {
  return isPattern(wanted)
    ? isPattern(granted) && wanted.startsWith(granted.slice(0, -1))
    : matches(granted, wanted);
}
