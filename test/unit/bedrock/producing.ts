import type { ProducerHub } from "../../../src/bedrock/index.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { createMailbox } from "../../../src/testing/mailbox.ts";

interface Update {
  topic: string;
  type: string;
  data: unknown;
}

/** A hub for a producer, changed where a test says so; `updates` has all that is published, seen without subscribing. */
export function producing(change: Partial<ProducerHub> = {}) {
  const hub = new TopicHub();
  const updates = createMailbox<Update>();
  hub.listen("*", ({ topic, type, data }) => updates.push({ topic, type, data }), { passive: true });
  const producer: ProducerHub = {
    publish: (...args) => hub.publish(...args),
    hasSubscribers: (topic) => hub.hasSubscribers(topic),
    on: (event, fn) => hub.on(event, fn),
    listen: (...args) => hub.listen(...args),
    ...change,
  };
  return { hub, updates, producer };
}
