import type { ClientMessage } from "../protocol/client-message.ts";
import { failure, success } from "../protocol/decode.ts";
import { MessageRefused } from "../protocol/schema-output.ts";
import type { Echo, ErrorReply, Reply } from "../protocol/server-message.ts";
import { topicFault } from "../protocol/topic.ts";
import type { Refusal } from "./idempotency.ts";
import type { Published } from "./options.ts";
import { claimPublishing } from "./publish-claim.ts";
import type { Session } from "./session.ts";

// What runs under an idempotency key is over by then, as a rule.
const RUNNING_MS = 1_000;

type PublishRequest = Extract<ClientMessage, { action: "publish" }>;

/** Publishes what a client asks for, unless it was published before. PROTOCOL.md, Requests. */
export async function publish(session: Session, request: PublishRequest, echo: Echo): Promise<void> {
  const { topic, idempotency_key: key } = request;
  const { policy, connection } = session;
  const { idempotency, authorize } = policy;
  const fault = topicFault(topic);
  if (fault) return session.reply(failure("invalid_topic", fault, echo));
  if (!(await authorize(connection.principal, "publish", topic)))
    return session.reply(failure("forbidden", `No grant to publish to topic '${topic}'`, echo));
  const accepted = accept(session, request, echo);
  if ("status" in accepted) return session.reply(accepted);
  // A retry is told by what was sent, whatever a schema makes of it.
  const claim = await claimPublishing(idempotency, connection.user, key, [request]);
  if (typeof claim === "string") return session.reply(keyRefused(claim, echo));
  session.reply(await claim.run((published) => publishOne(session, accepted, published, echo)));
}

function accept({ policy: { hub }, connection }: Session, request: PublishRequest, echo: Echo) {
  try {
    return connection.share.measure(() => hub.accept(request));
  } catch (error) {
    if (error instanceof MessageRefused) return failure(error.code, error.message, echo);
    throw error;
  }
}

async function publishOne(
  { policy: { hub }, connection }: Session,
  { topic, data, type }: PublishRequest,
  published: Published[],
  echo: Echo,
): Promise<Reply> {
  if (published.length === 0) {
    if (hub.isDraining)
      return failure("unavailable", "The server is stopping: publish again after reconnecting", echo);
    published.push(await hub.publishFor(connection.user, topic, data, { type }));
  }
  const [{ topic: _, ...position } = { topic }] = published;
  return success(`Published to topic '${topic}'`, echo, position);
}

function keyRefused(refusal: Refusal, echo: Echo): ErrorReply {
  if (refusal === "mismatched")
    return failure(
      "invalid_message",
      "'idempotency_key' was used for another message in the last 5 minutes",
      echo,
    );
  const rest = { ...echo, retry_after_ms: RUNNING_MS };
  return failure("unavailable", "The message with this 'idempotency_key' is being published", rest);
}
