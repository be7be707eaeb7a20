import type { TopicClient } from "../client/index.ts";
import type { Destination } from "./publish.ts";

/** Has what is published go to a topic. */
export function toTopic(hub: TopicClient): Destination {
  return {
    title: "Publish",
    lead: "To everyone who is subscribed to the topic.",
    needsTopic: true,
    async send({ topic, type, data }) {
      const { offset } = await hub.publish(topic, data, { type, timeoutMs: 10_000 });
      return `Published to ${topic}${offset === undefined ? "" : `, with the offset ${offset}`}.`;
    },
  };
}
