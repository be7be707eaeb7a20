import { safeParse, strictObject } from "valibot";
import type { Authorize, Principal } from "../hub/principal.ts";
import { PublishEntries } from "../protocol/client-message.ts";
import type { ErrorCode } from "../protocol/codes.ts";
import { faultsOf } from "../protocol/faults.ts";
import { isDeeperThan, isLongerThan, isRecord } from "../protocol/json.ts";
import { topicFault } from "../protocol/topic.ts";
import type { Config } from "./config.ts";

const HttpMessage = strictObject(PublishEntries);

/** One message of a publisher. PROTOCOL.md, Publishing over HTTP. */
export interface PublishMessage {
  topic: string;
  /** Any value that JSON can hold. */
  data: unknown;
  /** 1 to 64 bytes; that of the topic unless given. */
  type?: string | undefined;
}

/** Why a request is refused; nothing of it was published. */
export interface Fault {
  status: 400 | 403 | 413;
  code: ErrorCode;
  message: string;
}

type Limits = Pick<Config["limits"], "json_depth" | "message_bytes" | "publish_batch">;

/** What a publisher sent. */
export interface Batch {
  messages: PublishMessage[];
  /** True where the body was a list, so that a fault names the index. */
  isBatch: boolean;
}

/** Reads the messages of a body, or says what is wrong and, in a batch, at which index. */
export function parseMessages(body: Uint8Array, limits: Limits): Batch | Fault {
  const value = parseJson(body);
  if ("fault" in value) return value.fault;
  if (!isRecord(value.json)) return notJson("one JSON object is expected, {topic, data} or {messages}");
  const { messages, ...others } = value.json;
  if (messages === undefined) {
    const message = parseMessage(value.json, limits);
    return "status" in message ? message : { messages: [message], isBatch: false };
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return invalid(`Unknown field '${unknown.slice(0, 60)}'`);
  return parseBatch(messages, limits);
}

function parseBatch(batch: unknown, limits: Limits): Batch | Fault {
  if (!Array.isArray(batch) || batch.length === 0) return invalid("'messages' takes a list of messages");
  if (batch.length > limits.publish_batch)
    return tooLarge(`'messages' takes at most ${limits.publish_batch} messages, got ${batch.length}`);
  const messages: PublishMessage[] = [];
  for (const [at, item] of batch.entries()) {
    const message = parseMessage(item, limits);
    if ("status" in message) return { ...message, message: `messages[${at}]: ${message.message}` };
    messages.push(message);
  }
  return { messages, isBatch: true };
}

function parseMessage(value: unknown, limits: Limits): PublishMessage | Fault {
  if (!isRecord(value)) return invalid("A message is an object: {topic, data, type}");
  const text = JSON.stringify(value);
  if (isLongerThan(text, limits.message_bytes))
    return tooLarge(`A message has at most ${limits.message_bytes} bytes`);
  if (isDeeperThan(text, limits.json_depth)) return tooDeep(limits.json_depth);
  if (value.topic === undefined) return { status: 400, code: "missing_field", message: "'topic' is missing" };
  const parsed = safeParse(HttpMessage, value);
  if (!parsed.success) {
    const [fault] = faultsOf(parsed.issues);
    return invalid(fault?.message ?? "A message does not fit its schema");
  }
  const fault = topicFault(parsed.output.topic);
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

// Deeper than any message may be configured to be: each is looked at by itself later.
const PARSED_DEPTH = 1002;

function parseJson(body: Uint8Array): { json: unknown } | { fault: Fault } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return isDeeperThan(text, PARSED_DEPTH) ? { fault: tooDeep(PARSED_DEPTH) } : { json: JSON.parse(text) };
  } catch {
    return { fault: notJson("JSON in UTF-8 is expected") };
  }
}

const notJson = (hint: string): Fault => ({
  status: 400,
  code: "invalid_json",
  message: `Message is not valid JSON: ${hint}`,
});
const invalid = (message: string): Fault => ({ status: 400, code: "invalid_message", message });
const tooLarge = (message: string): Fault => ({ status: 413, code: "too_large", message });
const tooDeep = (limit: number) => invalid(`JSON is nested deeper than ${limit} levels`);
