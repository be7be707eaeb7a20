import type { LinkEvents } from "./link.ts";
import type { DirectMessage, Message } from "./options.ts";
import type { ServerText } from "./server-text.ts";

/** Tells what a server said by itself, by either kind of connection: a publication, a gap, or the end of a subscription. */
export function tell(message: Partial<ServerText>, events: LinkEvents): void {
  const { type, topic = "", code = "", skipped = 0 } = message;
  if ("data" in message) events[message.direct ? "direct" : "published"](message as Message & DirectMessage);
  else if (type === "gap") events.gap({ topic, skipped });
  else if (type === "unsubscribed") events.unsubscribed(topic, code);
}
