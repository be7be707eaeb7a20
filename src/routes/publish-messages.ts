import { type GenericSchema, optional, safeParse, strictObject } from "valibot";
import type { Authorize, Principal } from "../hub/principal.ts";
import type { Share } from "../hub/share.ts";
import type { TopicHub } from "../hub/topic-hub.ts";
import { PublishEntries } from "../protocol/client-message.ts";
import type { ErrorCode } from "../protocol/codes.ts";
import { faultsOf } from "../protocol/faults.ts";
import { isDeeperThan, isLongerThan, isRecord } from "../protocol/json.ts";
import { MessageRefused } from "../protocol/schema-output.ts";
import { topicFault } from "../protocol/topic.ts";
import type { Config } from "./config.ts";

const HttpMessage = strictObject(PublishEntries);
const DirectMessage = strictObject({ ...PublishEntries, topic: optional(PublishEntries.topic) });

/** One message of a publisher. PROTOCOL.md, Publishing over HTTP. */
export interface PublishMessage {
  topic: string;
  /** Any value that JSON can hold. */
  data: unknown;
  /** 1 to 64 bytes; that of the topic unless given. */
  type?: string | undefined;
}

/** What is sent to a user or to one connection. PROTOCOL.md, Administration. */
export interface DirectBody {
  /** Any value that JSON can hold. */
  data: unknown;
  /** 1 to 64 bytes; that of the topic unless given. */
  type?: string | undefined;
  /** The topic that it is about, where there is one. */
  topic?: string | undefined;
}

/** Why a request is refused; nothing of it was published. */
export interface Fault<Status = 400 | 403 | 413> {
  status: Status;
  code: ErrorCode;
  message: string;
}

type MessageLimits = Pick<Config["limits"], "json_depth" | "message_bytes">;
type Limits = MessageLimits & Pick<Config["limits"], "publish_batch">;

type BodyFault = Fault<400 | 413>;

/** What a publisher sent. */
export interface Batch {
  messages: PublishMessage[];
  /** True where the body was a list, so that a fault names the index. */
  isBatch: boolean;
}

/**
 * Reads the messages of a body, or says what is wrong and, in a batch, at which index.
 * @param share The publisher's: a megabyte that nests takes half a second.
 */
export async function parseMessages(body: Uint8Array, limits: Limits, share: Share): Promise<Batch | Fault> {
  const value = await share.take(() => parseJson(body));
  if ("fault" in value) return value.fault;
  if (!isRecord(value.json)) return notJson("one JSON object is expected, {topic, data} or {messages}");
  const { messages, ...others } = value.json;
  if (messages === undefined) {
    const message = share.measure(() => parseMessage(others, limits));
    return "status" in message ? message : { messages: [message], isBatch: false };
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return invalid(`Unknown field '${unknown.slice(0, 60)}'`);
  return parseBatch(messages, limits, share);
}

async function parseBatch(batch: unknown, limits: Limits, share: Share): Promise<Batch | Fault> {
  if (!Array.isArray(batch) || batch.length === 0) return invalid("'messages' takes a list of messages");
  if (batch.length > limits.publish_batch)
    return tooLarge(`'messages' takes at most ${limits.publish_batch} messages, got ${batch.length}`);
  const messages: PublishMessage[] = [];
  for (const [at, item] of batch.entries()) {
    const parse = () => parseMessage(item, limits);
    const message = share.restMs > 0 ? await share.take(parse) : share.measure(parse);
    if ("status" in message) return { ...message, message: `messages[${at}]: ${message.message}` };
    messages.push(message);
  }
  return { messages, isBatch: true };
}

function parseMessage(value: unknown, limits: Limits): PublishMessage | Fault {
  const fault = shapeFault(value, limits);
  if (fault) return fault;
  if (isRecord(value) && value.topic === undefined)
    return { status: 400, code: "missing_field", message: "'topic' is missing" };
  return parseAs(HttpMessage, value);
}

/** Reads what is to be sent directly, or says what is wrong with it. */
export function parseDirect(body: Uint8Array, limits: MessageLimits): DirectBody | BodyFault {
  const value = parseJson(body);
  if ("fault" in value) return value.fault;
  if (!isRecord(value.json)) return notJson("one JSON object is expected, {data, type, topic}");
  return shapeFault(value.json, limits) ?? parseAs(DirectMessage, value.json);
}

function shapeFault(value: unknown, limits: MessageLimits): BodyFault | undefined {
  if (!isRecord(value)) return invalid("A message is an object: {topic, data, type}");
  const text = JSON.stringify(value);
  if (isLongerThan(text, limits.message_bytes))
    return tooLarge(`A message has at most ${limits.message_bytes} bytes`);
  return isDeeperThan(text, limits.json_depth) ? tooDeep(limits.json_depth) : undefined;
}

function parseAs<M extends { topic?: string | undefined }>(
  schema: GenericSchema<unknown, M>,
  value: unknown,
): M | BodyFault {
  const parsed = safeParse(schema, value, { abortEarly: true });
  if (!parsed.success) {
    const [fault] = faultsOf(parsed.issues);
    return invalid(fault?.message ?? "A message does not fit its schema");
  }
  const { topic } = parsed.output;
  const fault = topic === undefined ? undefined : topicFault(topic);
  return fault ? { status: 400, code: "invalid_topic", message: fault } : parsed.output;
}

/** The first message that the principal may not publish. */
export async function grantFault(
  authorize: Authorize,
  principal: Principal,
  { messages, isBatch }: Batch,
): Promise<Fault | undefined> {
  const allowed = await Promise.all(messages.map(({ topic }) => authorize(principal, "publish", topic)));
  const at = allowed.findIndex((isAllowed) => !isAllowed);
  if (at < 0) return undefined;
  const place = isBatch ? `messages[${at}]: ` : "";
  const message = `${place}No grant to publish to topic '${messages[at]?.topic}'`;
  return { status: 403, code: "forbidden", message };
}

/** The messages as they are delivered, or the first one that its topic's schema refuses. */
export async function acceptMessages(
  hub: TopicHub,
  share: Share,
  { messages, isBatch }: Batch,
): Promise<PublishMessage[] | Fault<400>> {
  if (!hub.schemas) return messages;
  const accepted: PublishMessage[] = [];
  for (const [at, message] of messages.entries()) {
    const accept = () => hub.accept(message);
    try {
      accepted.push(share.restMs > 0 ? await share.take(accept) : share.measure(accept));
    } catch (error) {
      return refusal(error, isBatch ? `messages[${at}]: ` : "");
    }
  }
  return accepted;
}

/** What is answered to a message that the hub refused; throws what is the server's own fault. */
export function refusal(error: unknown, place = ""): Fault<400> {
  if (!(error instanceof MessageRefused)) throw error;
  return { status: 400, code: error.code, message: place + error.message };
}

// Deeper than any message may be configured to be: each is looked at by itself later.
const PARSED_DEPTH = 1002;

function parseJson(body: Uint8Array): { json: unknown } | { fault: BodyFault } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return isDeeperThan(text, PARSED_DEPTH) ? { fault: tooDeep(PARSED_DEPTH) } : { json: JSON.parse(text) };
  } catch {
    return { fault: notJson("JSON in UTF-8 is expected") };
  }
}

const notJson = (hint: string): BodyFault => ({
  status: 400,
  code: "invalid_json",
  message: `Message is not valid JSON: ${hint}`,
});
const invalid = (message: string): BodyFault => ({ status: 400, code: "invalid_message", message });
const tooLarge = (message: string): BodyFault => ({ status: 413, code: "too_large", message });
const tooDeep = (limit: number) => invalid(`JSON is nested deeper than ${limit} levels`);
